import { setTimeout as sleep } from "node:timers/promises";

/**
 * What a look returns as soon as it is something: not undefined, not false. Bounded, so that a test that never sees it
 * fails; how fast it comes decides nothing.
 */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 60,
): Promise<T> {
  for (let tries = 0; tries < seconds * 10; tries++) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await sleep(100);
  }
  throw new Error(`not seen within ${String(seconds)} s: ${look.toString()}`);
}
