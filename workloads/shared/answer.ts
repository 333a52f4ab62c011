import type { BrokerSocket } from "./broker-socket";

/** How long a broker may take to let a session end in order, in milliseconds. */
export const CLOSE_TIMEOUT_MS = 5_000;

/** A broker's words on one line, for the operator. */
export function brokerWords(...words: (string | undefined)[]): string {
  const parts = words.map((part = "") => part.replace(/[\s\p{Cc}]+/gu, " ").trim());
  return (
    [...new Set(parts.filter((part) => part !== ""))].join(": ").slice(0, 500) || "no reason given"
  );
}

/** Why there are no more answers; rejects, and never resolves. */
export async function ended(closed: Promise<Error | undefined>): Promise<never> {
  throw (await closed) ?? new Error("the session is closed");
}

/**
 * Waits for what the broker owes, as long as the session lives and the time limit allows; ends the
 * connection when that is over.
 *
 * @param what completes the sentence "the broker did not answer …".
 * @param timeoutMs in milliseconds.
 *
 * @throws Error with the reason why the session ended.
 */
export async function answer<T>(
  awaited: Promise<T>,
  what: string,
  session: {
    readonly socket: BrokerSocket;
    readonly closed: Promise<Error | undefined>;
    readonly timeoutMs: number;
  },
): Promise<T> {
  const { socket, closed, timeoutMs } = session;
  const timer = setTimeout(() => {
    const limit = `${String(timeoutMs / 1000)} s`;
    socket.destroy(new Error(`${socket.url} did not answer ${what} within ${limit}`));
  }, timeoutMs);
  try {
    return await Promise.race([awaited, ended(closed)]);
  } finally {
    clearTimeout(timer);
  }
}
