import { absolutePath } from "./names";
import { keyPair, weakKey, type KeyPairPem } from "./key-pair";
import { StackFileError, problemsOf, type Problem } from "./problems";
import { checkReferences } from "./references";
import { stackSchema, type StackFile } from "./schema";
import type { Host, PlainSecrets, Topology } from "./topology";

/** What a stack file does not say: where and as whom `up` runs. */
export interface Environment {
  readonly stack: string;
  /** Whether `up` runs as root. */
  readonly superuser: boolean;
  readonly home: string;
  /** Node.js that workloads on this machine run with. */
  readonly node: string;
  /** Keys (without `mq:`) whose values the stack file holds encrypted. */
  readonly secretKeys: ReadonlySet<string>;
}

/** First default port of the collectors' health and metrics, counted up in the order of their names. */
const firstCollectorPort = 9464;

/**
 * The stack file as a topology.
 *
 * @param values - the values below `config:`, keys without `mq:`.
 * @throws {@link StackFileError} naming every key, rule and mend.
 */
export function parseStack(
  values: Record<string, unknown>,
  environment: Environment,
): { topology: Topology; secrets: PlainSecrets } {
  const parsed = stackSchema.safeParse(values, { reportInput: true });
  if (!parsed.success) {
    throw new StackFileError(problemsOf(parsed.error));
  }
  const { topology, secrets, problems } = resolve(parsed.data, environment);
  const all = [...problems, ...checkReferences(topology, secrets)];
  if (all.length > 0) {
    throw new StackFileError(all);
  }
  return { topology, secrets };
}

function resolve(
  file: StackFile,
  environment: Environment,
): { topology: Topology; secrets: PlainSecrets; problems: Problem[] } {
  const problems: Problem[] = [];
  const queues = named(file.queues);
  const hosts = named(file.hosts).map((host) => resolveHost(host.name, host, environment));
  let keys: KeyPairPem | undefined;
  if (file.signing?.existing !== undefined) {
    const read = keyPair(file.signing.existing, {
      encrypted: environment.secretKeys.has("signing"),
      allowWeak: file.signing.allowWeak,
    });
    problems.push(...read.problems);
    keys = read.pair;
  }
  if (Object.keys(file.passwords).length > 0 && !environment.secretKeys.has("passwords")) {
    problems.push({
      path: ["passwords"],
      message:
        "passwords stand in clear in the stack file; remove them and use `pulumi config set --secret --path 'mq:passwords.USER'`",
    });
  }
  for (const { name, root } of hosts) {
    const valid = absolutePath.safeParse(root);
    if (!valid.success) {
      const [issue] = valid.error.issues;
      problems.push({ path: ["hosts", name, "root"], message: `${root}: ${issue?.message ?? ""}` });
    }
  }
  const topology: Topology = {
    stack: environment.stack,
    hosts: Object.fromEntries(hosts.map((host) => [host.name, host])),
    broker: file.broker,
    vhosts: [...new Set(["/", ...queues.map((queue) => queue.vhost)])].sort(),
    queues,
    users: named(file.users),
    acl: file.acl,
    ...(file.signing && {
      signing: {
        name: file.signing.name,
        bits: file.signing.bits,
        ...(keys && { existingPublicKey: keys.publicKey }),
      },
    }),
    collectors: named(file.collectors).map((collector, index) => ({
      ...collector,
      port: collector.port ?? firstCollectorPort + index,
    })),
    senders: named(file.senders),
  };
  if (file.signing && file.signing.bits < 2048 && !file.signing.allowWeak) {
    problems.push({
      path: ["signing", "bits"],
      message: weakKey(file.signing.bits),
    });
  }
  const secrets = { passwords: file.passwords, ...(keys && { privateKey: keys.privateKey }) };
  return { topology, secrets, problems };
}

function resolveHost(
  name: string,
  host: StackFile["hosts"][string],
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

/** A map by name as a list in the order of names, whatever the order in the file. */
function named<T>(map: Record<string, T>): (T & { name: string })[] {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, ...value }));
}
