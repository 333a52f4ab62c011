import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../lib/process";

const prefix = "unfinished-";

/**
 * Makes a folder for what is not finished yet, on the same file system as where it will be. What processes left behind
 * that have died is removed.
 *
 * @param parent - made where it is not there yet.
 */
export function makeScratch(parent: string): string {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
  return mkdtempSync(join(parent, `${prefix}${String(process.pid)}-`));
}
