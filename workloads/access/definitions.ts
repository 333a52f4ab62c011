import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One file of definitions. */
export interface Shard {
  /** Its base name. */
  readonly file: string;
  /** JSON, as the broker gets it. */
  readonly text: string;
  readonly definitions: Definitions;
}

/** The parts of RabbitMQ's definitions that are looked at. */
export interface Definitions {
  readonly vhosts?: readonly { name: string }[];
  readonly users?: readonly { name: string; password_hash: string }[];
  readonly permissions?: readonly { vhost: string; user: string }[];
  readonly queues?: readonly (InVhost & { arguments?: { "x-queue-type"?: string } })[];
  readonly exchanges?: readonly InVhost[];
  readonly bindings?: readonly unknown[];
}

interface InVhost {
  readonly vhost: string;
  readonly name: string;
}

/** The kinds of what is applied, in the order of an import. */
export const kinds = ["vhosts", "users", "permissions", "queues", "exchanges", "bindings"] as const;

/**
 * Reads the definitions of a folder, in the order of the files' names.
 *
 * @throws Error naming the file; never its content.
 */
export function readShards(folder: string): Shard[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  if (files.length === 0) throw new Error(`${folder}: holds no definitions; mount them there`);
  return files.sort().map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    try {
      return { file, text, definitions: JSON.parse(text) as Definitions };
    } catch {
      throw new Error(`${join(folder, file)}: is not JSON; export or render it again`);
    }
  });
}

/** How many of a kind there are. */
export function countOf(shards: readonly Shard[], kind: (typeof kinds)[number]): number {
  return shards.reduce((sum, { definitions }) => sum + (definitions[kind]?.length ?? 0), 0);
}

/** All of a kind. */
export function all<K extends keyof Definitions>(
  shards: readonly Shard[],
  kind: K,
): NonNullable<Definitions[K]>[number][] {
  return shards.flatMap(
    ({ definitions }) => (definitions[kind] ?? []) as NonNullable<Definitions[K]>[number][],
  );
}
