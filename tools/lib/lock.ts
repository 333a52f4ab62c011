import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./command";
import { isAlive } from "./process";
import { stateFolder, type Workspace } from "./workspace";

/**
 * Runs a function while no other command of this checkout works on the same stack.
 *
 * @throws {@link UserError} with the other command's process id where one does.
 */
export async function withStackLock<T>(workspace: Workspace, work: () => Promise<T>): Promise<T> {
  const { stack } = workspace;
  const lock = join(stateFolder(workspace, "locks"), stack);
  const holder = take(lock);
  if (holder !== undefined) {
    throw new UserError(
      `process ${String(holder)} works on stack ${stack} already; wait until it ends, or end it`,
    );
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Takes a lock file over from a process that is gone. @returns the process that holds it, if there is one. */
function take(lock: string): number | undefined {
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx", mode: 0o600 });
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number(readFileSync(lock, "utf8"));
    if (isAlive(holder)) return holder;
    rmSync(lock, { force: true });
  }
  return 0;
}
