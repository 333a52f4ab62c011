import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../lib/process";
import { isFileError } from "./files";

const pollMilliseconds = 200;
const remindMilliseconds = 10_000;
/** Nobody needs longer to remove a file; a folder older than that was left by a process that died in between. */
const removalMilliseconds = 10_000;

/**
 * Runs a function while no other process does so with the same folder. Another one is waited for; the lock of a process
 * that has died is taken over.
 *
 * @param dir - where the lock is kept: a file `lock` with the holder's process id.
 * @param say - is told whom this waits for, at once and every ten seconds.
 */
export async function withLock<T>(
  dir: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const lock = join(dir, "lock");
  let reminded = -Infinity;
  while (!take(dir, lock)) {
    const holder = readHolder(lock);
    if (holder !== undefined && !isAlive(holder)) {
      removeStale(dir, lock);
      continue;
    }
    if (holder !== undefined && performance.now() - reminded >= remindMilliseconds) {
      reminded = performance.now();
      say(
        `waits for process ${String(holder)}, which prepares the same toolchain ` +
          `(if it does not, remove ${lock})`,
      );
    }
    await sleep(pollMilliseconds);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Makes the lock with its content in one step, so that nobody ever reads an empty one. */
function take(dir: string, lock: string): boolean {
  const mine = join(dir, `lock.${String(process.pid)}`);
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (isFileError(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

function readHolder(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Removes a dead process's lock; one at a time, for the second one would remove the lock that the first one took. */
function removeStale(dir: string, lock: string): void {
  const guard = join(dir, "lock.removal");
  try {
    mkdirSync(guard);
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error;
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > removalMilliseconds) rmSync(guard, { recursive: true, force: true });
    return;
  }
  try {
    const holder = readHolder(lock);
    if (holder !== undefined && !isAlive(holder)) rmSync(lock, { force: true });
  } finally {
    rmdirSync(guard);
  }
}
