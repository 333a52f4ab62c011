import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./command";
import { stateFolder, type Workspace } from "./workspace";

/**
 * Runs a function while no other command of this checkout works on the same stack.
 *
 * @throws {@link UserError} with the other command's process id where one does.
 */
export async function withStackLock<T>(workspace: Workspace, work: () => Promise<T>): Promise<T> {
  const lock = join(stateFolder(workspace, "locks"), workspace.stack);
  take(lock, workspace.stack);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string, stack: string): void {
  for (const lastTry of [false, true]) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx", mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number(readFileSync(lock, "utf8"));
    if (lastTry || isAlive(holder)) {
      throw new UserError(
        `process ${String(holder)} works on stack ${stack} already; wait until it ends, or end it`,
      );
    }
    rmSync(lock, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
