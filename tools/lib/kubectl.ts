import { spawn } from "node:child_process";
import type { ClusterPlace } from "../../components/collectors/fleet-workloads";
import { UserError } from "./command";
import { run } from "./process";

/** The words of a `kubectl` command in one namespace of one cluster: `KUBECTL`, or what is on the PATH. */
export function kubectlCommand(
  { context, namespace }: ClusterPlace,
  ...args: string[]
): [command: string, ...args: string[]] {
  const command = process.env.KUBECTL ?? "kubectl";
  return [command, "--context", context, "--namespace", namespace, ...args];
}

/**
 * Runs `kubectl` and shows what it prints, until its end or a signal.
 *
 * @throws {@link UserError} where there is no `kubectl`.
 */
export async function showKubectl(place: ClusterPlace, ...args: string[]): Promise<void> {
  const [command, ...words] = kubectlCommand(place, ...args);
  await run(command, words).catch(notStarted);
}

/**
 * Runs `kubectl` for what it prints.
 *
 * @throws {@link UserError} where there is none, or with what it said when it failed.
 */
export async function askKubectl(place: ClusterPlace, ...args: string[]): Promise<string> {
  const [command, ...words] = kubectlCommand(place, ...args);
  const { code, stdout, stderr } = await run(command, words, { capture: true }).catch(notStarted);
  if (code !== 0) throw failed(args, place, stderr);
  return stdout;
}

/**
 * Makes an object.
 *
 * @throws {@link UserError} as {@link askKubectl} does.
 */
export function createObject(place: ClusterPlace, object: unknown): Promise<void> {
  const args = ["create", "--filename", "-"];
  const [command, ...words] = kubectlCommand(place, ...args);
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: ["pipe", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.on("error", (error) => {
      reject(kubectlError(error));
    });
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(failed(args, place, stderr));
    });
    // Its own message says more than a broken pipe.
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(object));
  });
}

/** What to say where `kubectl` could not be started. */
export function kubectlError(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT") return error;
  return new UserError(
    `${process.env.KUBECTL ?? "kubectl"}: no such command; install kubectl, or name its path in KUBECTL`,
  );
}

function notStarted(error: Error): never {
  throw kubectlError(error);
}

function failed(args: readonly string[], place: ClusterPlace, stderr: string): UserError {
  const { context, namespace } = place;
  return new UserError(
    `kubectl ${args.slice(0, 2).join(" ")} in namespace ${namespace} of ${context}: ${stderr.trim()}`,
  );
}
