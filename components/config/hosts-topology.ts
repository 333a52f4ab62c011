import { absolutePath } from "./names";
import type { Environment } from "./environment";
import type { Problem } from "./problems";
import { named, resolveCommon, type Resolved } from "./resolve";
import type { HostsStackFile } from "./schema/hosts";
import type { Host, HostsTopology } from "./topology";

/** First default port of the collectors' health and metrics, counted up in the order of their names. */
const firstCollectorPort = 9464;

/** A stack file of platform `hosts` as a topology. */
export function resolveHosts(
  file: HostsStackFile,
  environment: Environment,
): Resolved<HostsTopology> {
  const { base, secrets, problems } = resolveCommon(file, environment);
  const hosts = named(file.hosts).map((host) => resolveHost(host.name, host, environment));
  return {
    topology: {
      ...base,
      platform: "hosts",
      hosts: Object.fromEntries(hosts.map((host) => [host.name, host])),
      broker: file.broker,
      collectors: named(file.collectors).map((collector, index) => ({
        ...collector,
        port: collector.port ?? firstCollectorPort + index,
      })),
      senders: named(file.senders),
    },
    secrets,
    problems: [...problems, ...hosts.flatMap(checkRoot)],
  };
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
    superuser: environment.superuser,
  };
}

/** The default root has the home folder in it, which may be one that the configuration files cannot hold. */
function checkRoot({ name, root }: Host): Problem[] {
  const valid = absolutePath.safeParse(root);
  if (valid.success) return [];
  const [issue] = valid.error.issues;
  return [{ path: ["hosts", name, "root"], message: `${root}: ${issue?.message ?? ""}` }];
}
