import type * as pulumi from "@pulumi/pulumi";
import { hostOf, queueOf, type Host, type HostsTopology } from "../../config/topology";
import { hostPath } from "../../platforms/hosts/host-path";
import type {
  FleetReceiver,
  FleetReceiverArgs,
  FleetSenderArgs,
  FleetWorkloads,
  HostCollector,
  HostSender,
} from "../fleet-workloads";
import type { Collector } from "./collector";
import { Receiver } from "./receiver";
import { Sender } from "./sender";

/** Runs the workloads of a fleet as services and commands of hosts. */
export class HostsWorkloads implements FleetWorkloads {
  constructor(private readonly topology: HostsTopology) {}

  receiver(
    name: string,
    args: FleetReceiverArgs,
    opts: pulumi.ComponentResourceOptions,
  ): FleetReceiver {
    const { topology } = this;
    const [first] = topology.collectors;
    if (first === undefined) throw new Error("mq:collectors: is empty; declare a collector");
    const host = hostOf(topology, first.host);
    const { directory, collectors } = new Receiver(
      name,
      {
        ...args,
        host,
        folder: kermitFolder(topology, host, "receiver"),
        collectors: topology.collectors,
        vhostOf: (queue) => queueOf(topology, queue).vhost,
      },
      opts,
    );
    return {
      directory,
      collectors: Object.fromEntries(
        Object.entries(collectors).map(([collector, of]) => [collector, outputOf(of)]),
      ),
    };
  }

  sender(
    name: string,
    args: FleetSenderArgs,
    opts: pulumi.ComponentResourceOptions,
  ): readonly HostSender[] {
    const { topology } = this;
    const hosts = topology.senders.find((plan) => plan.name === args.plan.name)?.hosts ?? [];
    return hosts.map((hostName) => {
      const host = hostOf(topology, hostName);
      const { command, user } = new Sender(
        `${name}-${hostName}`,
        { ...args, host, folder: kermitFolder(topology, host, "sender") },
        opts,
      );
      return { on: "host", host: hostName, command, ...(user !== undefined && { user }) };
    });
  }
}

function outputOf(collector: Collector): HostCollector {
  const { queue, directory, service, stateDirectory, command, user } = collector;
  return {
    on: "host",
    queue,
    directory,
    service,
    stateDirectory,
    command,
    ...(user !== undefined && { user }),
  };
}

/** `/etc/kermit`, or a folder for each role where one machine has both: a password and a half of the keys in each. */
function kermitFolder(topology: HostsTopology, host: Host, role: "receiver" | "sender"): string {
  const receives = topology.collectors.some((collector) => collector.host === host.name);
  const sends = topology.senders.some(({ hosts }) => hosts.includes(host.name));
  return hostPath(host, receives && sends ? `/etc/kermit/${role}` : "/etc/kermit");
}
