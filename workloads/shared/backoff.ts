import { setTimeout as sleep } from "node:timers/promises";

const FIRST_MS = 250;
const LONGEST_MS = 5_000;

/**
 * How long to wait before an attempt is repeated, in milliseconds: twice as long each time up to
 * 5 s, half of it by chance so that many clients do not come back at one moment.
 *
 * @param attempt how many attempts have failed before this one.
 */
export function backoff(attempt: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return longest * (0.5 + Math.random() / 2);
}

/** Resolves after a time in milliseconds, or at once when the signal is aborted. */
export async function pause(ms: number, until: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: until }).catch(() => undefined);
}
