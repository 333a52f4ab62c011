import { all, type Shard } from "./definitions";
import type { Management } from "./management";

/** What is removed when it leaves the definitions. A binding goes with its queue. */
export const recordedKinds = ["vhosts", "users", "permissions", "queues", "exchanges"] as const;

/** One of {@link recordedKinds}. */
export type RecordedKind = (typeof recordedKinds)[number];

/** The path of an object below its kind in the management API: `["/", "kermit.log"]`. */
export type Key = readonly string[];

/** Names of what is applied, by kind; no secret. */
export type AccessRecord = Readonly<Record<RecordedKind, readonly Key[]>>;

/** Where the broker keeps what was applied last. */
const path = ["global-parameters", "mq-access"];

/** The names in definitions. */
export function recordOf(shards: readonly Shard[]): AccessRecord {
  const inVhost = ({ vhost, name }: { vhost: string; name: string }): Key => [vhost, name];
  return {
    vhosts: all(shards, "vhosts").map(({ name }) => [name]),
    users: all(shards, "users").map(({ name }) => [name]),
    permissions: all(shards, "permissions").map(({ vhost, user }) => [vhost, user]),
    queues: all(shards, "queues").map(inVhost),
    exchanges: all(shards, "exchanges").map(inVhost),
  };
}

/** What the broker says was applied; nothing where it says nothing. */
export async function readRecord(broker: Management): Promise<AccessRecord> {
  const answer = (await broker.get(path)) as { value?: Partial<AccessRecord> } | undefined;
  return byKind((kind) => answer?.value?.[kind] ?? []);
}

/** Has the broker keep what is applied. */
export async function writeRecord(broker: Management, record: AccessRecord): Promise<void> {
  await broker.put(path, { name: "mq-access", value: record });
}

/** What is in either. */
export function union(a: AccessRecord, b: AccessRecord): AccessRecord {
  const added = difference(b, a);
  return byKind((kind) => [...a[kind], ...added[kind]]);
}

/** What is in the first and not in the second. */
export function difference(a: AccessRecord, b: AccessRecord): AccessRecord {
  return byKind((kind) => {
    const known = new Set(b[kind].map((key) => JSON.stringify(key)));
    return a[kind].filter((key) => !known.has(JSON.stringify(key)));
  });
}

function byKind(keys: (kind: RecordedKind) => readonly Key[]): AccessRecord {
  return Object.fromEntries(
    recordedKinds.map((kind) => [kind, keys(kind)]),
  ) as unknown as AccessRecord;
}
