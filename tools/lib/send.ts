import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync } from "node:fs";
import { basename, resolve } from "node:path";
import { UserError } from "./command";
import { osUser } from "./os-user";
import type { Outputs } from "./outputs";

/**
 * Sends a file by the sender of a stack on this machine, as the user that can read the private key. The file is opened here,
 * as whoever runs this, and handed over open: the sender's user need not be allowed to look into the folder.
 *
 * @returns the exit code of `mq-send`.
 * @throws {@link UserError} where the file cannot be sent, or the stack has no sender.
 */
export async function sendFile(
  senders: Outputs["senders"],
  path: string,
  { log }: { log: boolean },
): Promise<number> {
  const sender = Object.values(senders)[0]?.[0];
  if (sender === undefined) {
    throw new UserError("the stack has no sender; declare one in mq:senders");
  }
  const args = [...(log ? ["--log"] : []), "--name", basename(path), "-"];
  const file = openFile(resolve(path));
  try {
    return await new Promise<number>((done, failed) => {
      const child = spawn(sender.command, args, {
        ...osUser(sender.user),
        stdio: [file, "inherit", "inherit"],
        cwd: "/",
      });
      child.on("error", failed);
      child.on("close", (code) => {
        done(code ?? 1);
      });
    });
  } finally {
    closeSync(file);
  }
}

function openFile(path: string): number {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === "ENOENT"
        ? `${path}: no such file; name one that is there`
        : `${path}: cannot be read (${code ?? "unknown reason"}); name a file that you can read`,
    );
  }
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new UserError(`${path}: is not a regular file; name one`);
}
