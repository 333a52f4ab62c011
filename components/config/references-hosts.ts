import { checkLargestMessage } from "./largest-message";
import type { Problem } from "./problems";
import { parseQuantity } from "./quantity";
import { checkReferences, listOf } from "./references";
import type { HostsTopology, PlainSecrets } from "./topology";

/** Whether the parts of a topology on hosts fit together: hosts that exist, roles that exclude each other, ports used once. */
export function checkHosts(topology: HostsTopology, secrets: PlainSecrets): Problem[] {
  return [
    ...unknownHost(topology, ["broker", "host"], topology.broker.host),
    ...checkReferences(topology, secrets),
    ...checkCollectorHosts(topology),
    ...checkSenderHosts(topology),
    ...checkOneSenderAHost(topology),
    ...checkPorts(topology),
    ...checkMessages(topology),
  ];
}

function unknownHost(
  topology: HostsTopology,
  path: readonly PropertyKey[],
  host: string,
): Problem[] {
  const names = Object.keys(topology.hosts);
  return names.includes(host)
    ? []
    : [{ path, message: `no host "${host}" in mq:hosts; the hosts are: ${listOf(names)}` }];
}

/** Document 000: the receiver is installed on one node only. */
function checkCollectorHosts(topology: HostsTopology): Problem[] {
  const [first] = topology.collectors;
  return topology.collectors.flatMap(({ name, host }) => {
    const path = ["collectors", name, "host"];
    const unknown = unknownHost(topology, path, host);
    return unknown.length === 0 && first !== undefined && host !== first.host
      ? [
          {
            path,
            message: `all collectors run on one host (mq:collectors.${first.name} on "${first.host}"); name the same host`,
          },
        ]
      : unknown;
  });
}

function checkSenderHosts(topology: HostsTopology): Problem[] {
  const several = Object.keys(topology.hosts).length > 1;
  const receivers = new Set(topology.collectors.map(({ host }) => host));
  return topology.senders.flatMap(({ name, hosts }) =>
    hosts.flatMap((host, index) => {
      const path = ["senders", name, "hosts", index];
      return [
        ...unknownHost(topology, path, host),
        ...(several && receivers.has(host)
          ? [
              {
                path,
                message: `"${host}" is the receiver's host and must not hold the private key; remove it here`,
              },
            ]
          : []),
      ];
    }),
  );
}

function checkOneSenderAHost({ senders }: HostsTopology): Problem[] {
  return senders.flatMap((sender, index) =>
    sender.hosts.flatMap((host, at) => {
      const other = senders.slice(0, index).find(({ hosts }) => hosts.includes(host))?.name;
      const earlier = sender.hosts.indexOf(host) < at ? sender.name : other;
      return earlier === undefined
        ? []
        : [
            {
              path: ["senders", sender.name, "hosts", at],
              message: `"${host}" has a sender already (mq:senders.${earlier}); one sender for a host`,
            },
          ];
    }),
  );
}

function checkMessages({ broker, collectors }: HostsTopology): Problem[] {
  return broker.kind === "activemq"
    ? checkLargestMessage(parseQuantity(broker.heap) ?? 0, collectors)
    : [];
}

function checkPorts({ broker, collectors }: HostsTopology): Problem[] {
  const uses = [
    ...Object.entries(broker.ports).map(([name, port]) => ({
      host: broker.host,
      port,
      path: ["broker", "ports", name],
    })),
    ...collectors.map(({ name, host, port }) => ({
      host,
      port,
      path: ["collectors", name, "port"],
    })),
  ];
  return uses.flatMap(({ host, port, path }, index) => {
    const first = uses.findIndex((use) => use.host === host && use.port === port);
    const other = uses[first]?.path.join(".") ?? "";
    return first < index
      ? [{ path, message: `${String(port)} is used by mq:${other} already; choose another` }]
      : [];
  });
}
