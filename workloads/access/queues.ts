import { quote, type Log } from "../shared/log";
import { all, type Shard } from "./definitions";
import type { Management } from "./management";
import type { AccessRecord, Key } from "./record";

/** A queue that the broker has. */
interface BrokerQueue {
  readonly vhost: string;
  readonly name: string;
  readonly type: string;
  /** Undefined where the broker has not counted yet. */
  readonly messages?: number;
}

/** The queues that a broker has. */
export class BrokerQueues {
  private readonly byKey: ReadonlyMap<string, BrokerQueue>;

  private constructor(present: readonly BrokerQueue[]) {
    this.byKey = new Map(present.map((queue) => [queueText([queue.vhost, queue.name]), queue]));
  }

  static async of(broker: Management): Promise<BrokerQueues> {
    const query = "?disable_stats=true&enable_queue_totals=true";
    return new BrokerQueues((await broker.get(["queues"], query)) as BrokerQueue[]);
  }

  find(key: Key): BrokerQueue | undefined {
    return this.byKey.get(queueText(key));
  }

  /**
   * The queues that are to have another type than they have.
   *
   * @throws Error naming one that was not applied by an earlier run: it is somebody else's.
   */
  ofAnotherType(shards: readonly Shard[], before: AccessRecord): Key[] {
    const applied = new Set(before.queues.map(queueText));
    return all(shards, "queues").flatMap(({ vhost, name, arguments: given }) => {
      const key = [vhost, name];
      const present = this.find(key);
      const wanted = given?.["x-queue-type"] ?? "classic";
      if (present === undefined || present.type === wanted) return [];
      if (!applied.has(queueText(key))) {
        throw new Error(
          `${queueText(key)}: is a ${present.type} queue that others made, and is to be a ${wanted} one; give it that type in mq:queues, or delete it in the broker`,
        );
      }
      return [key];
    });
  }
}

/** Deletes a queue with what it holds, and says how much that was when the broker last counted, some seconds ago. */
export async function removeQueue(
  broker: Management,
  key: Key,
  present: BrokerQueue | undefined,
  log: Log,
): Promise<void> {
  await broker.delete(["queues", ...key]);
  if (present === undefined) return;
  const count = String(present.messages ?? "unknown");
  log(
    count === "0" ? "info" : "warn",
    `${queueText(key)}: deleted; messages at the broker's last count: ${count}`,
  );
}

/** A queue as a line or an error names it. */
export function queueText([vhost = "", name = ""]: Key): string {
  return `queue ${quote(name)} of vhost ${quote(vhost)}`;
}
