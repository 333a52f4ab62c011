import { brokerArchives } from "./broker-kinds";
import { absolutePath } from "./names";
import type { Environment } from "./environment";
import type { Problem } from "./problems";
import { checkFeatures } from "./references-broker";
import { named, resolveCommon, type Resolved } from "./resolve";
import type { HostsStackFile } from "./schema/hosts";
import type { Host, HostsBrokerPlan, HostsTopology } from "./topology";

/** First default port of the collectors' health and metrics, counted up in the order of their names. */
const firstCollectorPort = 9464;

/** Of a Java virtual machine, as Kubernetes writes quantities. */
const defaultHeap = "512Mi";

/** A stack file of platform `hosts` as a topology. */
export function resolveHosts(
  file: HostsStackFile,
  environment: Environment,
): Resolved<HostsTopology> {
  const { base, secrets, problems } = resolveCommon(file, environment, "classic");
  const hosts = named(file.hosts).map((host) => resolveHost(host.name, host, environment));
  return {
    topology: {
      ...base,
      platform: "hosts",
      hosts: Object.fromEntries(hosts.map((host) => [host.name, host])),
      broker: resolveBroker(file.broker, environment),
      collectors: named(file.collectors).map((collector, index) => ({
        ...collector,
        port: collector.port ?? firstCollectorPort + index,
      })),
      senders: named(file.senders),
    },
    secrets,
    problems: [...checkFeatures(file), ...problems, ...hosts.flatMap(checkRoot)],
  };
}

/** The keys of the broker's kind; that no others are given is checked with the references. */
function resolveBroker(
  {
    kind,
    host,
    ports,
    archive,
    heap,
    extraAuthorizationEntries,
    existing,
  }: HostsStackFile["broker"],
  { cache }: Environment,
): HostsBrokerPlan {
  const { amqp, stomp, management, distribution, epmd, openwire } = ports;
  if (kind === "rabbitmq") {
    return { kind, host, ports: { amqp, stomp, management, distribution, epmd } };
  }
  if (existing !== undefined) {
    return { kind: "existing-activemq", host, ports: { amqp, stomp }, ...existing };
  }
  const published = brokerArchives[kind];
  const version = archive?.version ?? published.version;
  const java = {
    host,
    ports: { amqp, stomp, ...(openwire !== undefined && { openwire }) },
    archive: {
      version,
      file: archive?.file ?? `${cache}/brokers/${published.fileName(version)}`,
    },
    heap: heap ?? defaultHeap,
  };
  return kind === "activemq" ? { kind, ...java, extraAuthorizationEntries } : { kind, ...java };
}

function resolveHost(
  name: string,
  host: HostsStackFile["hosts"][string],
  environment: Environment,
): Host {
  const home = environment.superuser ? "/var/lib/mq" : `${environment.home}/.local/share/mq`;
  return {
    name,
    connection: { kind: host.connection },
    root: (host.root ?? `${home}/${environment.stack}`).replace(/\/+$/, "") || "/",
    node: host.node ?? environment.node,
    ...java(host.java ?? environment.java),
    superuser: environment.superuser,
  };
}

const java = (path: string | undefined) => (path === undefined ? {} : { java: path });

/** The default root has the home folder in it, which may be one that the configuration files cannot hold. */
function checkRoot({ name, root }: Host): Problem[] {
  const valid = absolutePath.safeParse(root);
  if (valid.success) return [];
  const [issue] = valid.error.issues;
  return [{ path: ["hosts", name, "root"], message: `${root}: ${issue?.message ?? ""}` }];
}
