import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { SenderOutput } from "../../components/collectors/fleet-workloads";
import { UserError } from "./command";
import { kubectlCommand, kubectlError } from "./kubectl";
import { osUser } from "./os-user";
import type { Outputs } from "./outputs";

/** A command that takes the file on its standard input. */
interface SendCommand {
  readonly words: readonly [command: string, ...args: string[]];
  /** As whom and where it is run. */
  readonly as: { readonly uid?: number; readonly gid?: number; readonly cwd?: string };
}

/**
 * Sends a file by a sender of a stack: that of this machine, as the user that can read the private key, or a pod of the
 * cluster. The file is opened here, as whoever runs this, and handed over open: the sender's user need not be allowed to
 * look into the folder.
 *
 * @returns the exit code of `mq-send`.
 * @throws {@link UserError} where the file cannot be sent, or the stack has no sender.
 */
export async function sendFile(
  senders: Outputs["senders"],
  path: string,
  { log }: { log: boolean },
): Promise<number> {
  const args = [...(log ? ["--log"] : []), "--name", basename(path), "-"];
  const { words, as } = sendCommand(Object.values(senders).flat(), args);
  const [command, ...rest] = words;
  const file = openFile(resolve(path));
  try {
    return await new Promise<number>((done, failed) => {
      const child = spawn(command, rest, { ...as, stdio: [file, "inherit", "inherit"] });
      child.on("error", (error) => {
        failed(kubectlError(error));
      });
      child.on("close", (code) => {
        done(code ?? 1);
      });
    });
  } finally {
    closeSync(file);
  }
}

/** `mq-send` with its arguments, by the first sender that runs somewhere. */
function sendCommand(senders: readonly SenderOutput[], args: readonly string[]): SendCommand {
  const [any] = senders;
  if (any === undefined) {
    throw new UserError("the stack has no sender; declare one in mq:senders");
  }
  for (const sender of senders) {
    if (sender.on === "host") {
      return { words: [sender.command, ...args], as: { ...osUser(sender.user), cwd: "/" } };
    }
    if (sender.daemonSet !== undefined) {
      const pod = ["exec", "--stdin", `daemonset/${sender.daemonSet}`, "--", "mq-send"];
      return { words: kubectlCommand(sender, ...pod, ...args), as: {} };
    }
  }
  throw new UserError(
    "the stack's senders are Secrets for pods of your own (as: secret); send from one of those, or declare one with as: daemonset",
  );
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
