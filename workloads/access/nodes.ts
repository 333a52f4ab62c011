import { backoff, pause } from "../shared/backoff";
import type { Log } from "../shared/log";
import type { Management } from "./management";

/**
 * Waits until a number of nodes run as one cluster: each node that is asked knows all of them.
 *
 * @throws Error that says what was seen last, when the time is over.
 */
export async function waitForNodes(
  broker: Management,
  { nodes, timeoutSeconds }: { nodes: number; timeoutSeconds: number },
  log: Log,
): Promise<void> {
  const end = AbortSignal.timeout(timeoutSeconds * 1000);
  let seen = "";
  for (let attempt = 0; !end.aborted; attempt++) {
    const now = await look(broker, nodes);
    if (now === undefined) return;
    if (now !== seen) log("info", `waiting for the broker: ${now}`);
    seen = now;
    await pause(backoff(attempt), end);
  }
  throw new Error(
    `the broker was not ready within ${String(timeoutSeconds)} s: ${seen}; look at its pods and their logs, then apply again`,
  );
}

/** What is missing, if anything is. */
async function look(broker: Management, nodes: number): Promise<string | undefined> {
  try {
    const known = (await broker.get(["nodes"], "?columns=name,running")) as { running: boolean }[];
    const running = known.filter((node) => node.running).length;
    return running < nodes
      ? `${String(running)} of ${String(nodes)} nodes run as one cluster`
      : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
