import { quote, type Log } from "../shared/log";
import { countOf, kinds, type Shard } from "./definitions";
import { RefusedError, type Management } from "./management";
import { BrokerQueues, removeQueue } from "./queues";
import { difference, readRecord, recordOf, union, writeRecord, type Key } from "./record";

/**
 * Brings a broker to what definitions say, and removes what an earlier run applied and they no longer have. What others
 * made stays as it is. A second run changes nothing; one that was interrupted is finished by the next.
 *
 * @throws Error naming the object, the rule and the mend; never a secret.
 */
export async function apply(broker: Management, shards: readonly Shard[], log: Log): Promise<void> {
  const before = await readRecord(broker);
  const now = recordOf(shards);
  const gone = difference(before, now);
  const queues = await BrokerQueues.of(broker);
  const retyped = queues.ofAnotherType(shards, before);
  // From here on, whatever happens, the next run knows all of it.
  await writeRecord(broker, union(before, now));

  // Rights first: a client that is connected could declare its queue again. The broker closes a removed user's connections.
  for (const key of gone.permissions) await broker.delete(["permissions", ...key]);
  for (const key of gone.users) await broker.delete(["users", ...key]);
  for (const key of [...retyped, ...gone.queues]) {
    await removeQueue(broker, key, queues.find(key), log);
  }
  for (const key of gone.exchanges) await broker.delete(["exchanges", ...key]);
  for (const shard of shards) await importShard(broker, shard);
  const kept: Key[] = [];
  for (const key of gone.vhosts) {
    if (!(await removeVhost(broker, key, log))) kept.push(key);
  }
  await writeRecord(broker, { ...now, vhosts: [...now.vhosts, ...kept] });

  const removed = {
    ...gone,
    vhosts: gone.vhosts.filter((key) => !kept.includes(key)),
    bindings: gone.queues,
  };
  for (const kind of kinds) {
    const counts = [countOf(shards, kind), removed[kind].length].map(String);
    log("info", `${kind}: ${counts.join(" applied, ")} removed`);
  }
}

/** Has the broker import one file of definitions. */
async function importShard(broker: Management, shard: Shard): Promise<void> {
  try {
    await broker.post(["definitions"], shard.text);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const { users = [] } = shard.definitions;
    // A reason may repeat what it is about.
    const secret = users.some(({ password_hash: hash }) => error.message.includes(hash));
    throw new Error(
      `${shard.file}: the broker refuses these definitions: ${secret ? "a user" : error.message}; see its log, mend the stack file, and apply again`,
    );
  }
}

/** Deletes a vhost unless others keep something in it. @returns whether it is gone. */
async function removeVhost(broker: Management, key: Key, log: Log): Promise<boolean> {
  const answer = await broker.get(["queues", ...key], "?disable_stats=true&columns=name");
  const names = ((answer ?? []) as { name: string }[]).map(({ name }) => name);
  const [first] = names;
  if (first === undefined) {
    await broker.delete(["vhosts", ...key]);
    return true;
  }
  log(
    "warn",
    `vhost ${quote(key[0] ?? "")}: stays, as others made ${String(names.length)} queues in it, such as ${quote(first)}; it goes with the next run after they are deleted`,
  );
  return false;
}
