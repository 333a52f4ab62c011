import { keyPair, weakKey } from "./key-pair";
import type { Environment } from "./environment";
import type { Problem } from "./problems";
import type { HostsStackFile } from "./schema/hosts";
import type { KubernetesStackFile } from "./schema/kubernetes";
import type { PlainSecrets, Queue, Topology } from "./topology";

/** What a stack file means: the topology, its secrets, and what was wrong with values that were looked up for it. */
export interface Resolved<T extends Topology> {
  readonly topology: T;
  readonly secrets: PlainSecrets;
  readonly problems: readonly Problem[];
}

/**
 * What a stack file says on every platform.
 *
 * @param defaultQueueType - on RabbitMQ; no other broker has types of queues.
 */
export function resolveCommon(
  file: HostsStackFile | KubernetesStackFile,
  environment: Environment,
  defaultQueueType: Queue["type"],
): {
  base: Pick<Topology, "stack" | "vhosts" | "queues" | "users" | "acl" | "signing">;
  secrets: PlainSecrets;
  problems: Problem[];
} {
  const { kind } = file.broker;
  const queues = named(file.queues).map((queue) => ({
    ...queue,
    type: queue.type ?? (kind === "rabbitmq" ? defaultQueueType : "classic"),
  }));
  const { signing, secrets, problems: wrongKeys } = resolveSigning(file.signing, environment);
  const problems: Problem[] = [];
  if (Object.keys(file.passwords).length > 0 && !environment.secretKeys.has("passwords")) {
    problems.push({
      path: ["passwords"],
      message:
        "passwords stand in clear in the stack file; remove them and use `pulumi config set --secret --path 'mq:passwords.USER'`",
    });
  }
  return {
    base: {
      stack: environment.stack,
      vhosts: [...new Set(["/", ...queues.map((queue) => queue.vhost)])].sort(),
      queues,
      users: named(file.users),
      acl: file.acl,
      ...(signing && { signing }),
    },
    secrets: { passwords: file.passwords, ...secrets },
    problems: [...problems, ...wrongKeys],
  };
}

function resolveSigning(
  file: HostsStackFile["signing"],
  environment: Environment,
): {
  signing: Topology["signing"];
  secrets: Pick<PlainSecrets, "privateKey">;
  problems: Problem[];
} {
  if (file === undefined) return { signing: undefined, secrets: {}, problems: [] };
  const { name, bits, allowWeak, existing } = file;
  const problems: Problem[] =
    bits < 2048 && !allowWeak ? [{ path: ["signing", "bits"], message: weakKey(bits) }] : [];
  if (existing === undefined) return { signing: { name, bits }, secrets: {}, problems };
  const encrypted = environment.secretKeys.has("signing");
  const { pair, problems: wrong } = keyPair(existing, { encrypted, allowWeak });
  return {
    signing: { name, bits, ...(pair && { existingPublicKey: pair.publicKey }) },
    secrets: pair ? { privateKey: pair.privateKey } : {},
    problems: [...wrong, ...problems],
  };
}

/** A map by name as a list in the order of names, whatever the order in the file. */
export function named<T>(map: Record<string, T>): (T & { name: string })[] {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, ...value }));
}
