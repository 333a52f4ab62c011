import { spawn, type StdioOptions } from "node:child_process";

/** What a process left behind. */
export interface Finished {
  readonly code: number;
  /** Standard output, where it was captured. */
  readonly stdout: string;
  /** Standard error, where it was captured. */
  readonly stderr: string;
}

/** How {@link run} runs a process. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
  /** Whom it runs as; default: as this process. */
  readonly uid?: number;
  readonly gid?: number;
  /** Keep what it prints instead of showing it. */
  readonly capture?: boolean;
}

/**
 * Runs a process in a process group of its own and waits for it. A signal that ends this process is passed on once, and
 * waited for: with Ctrl-C in a terminal the engine would else get it twice, and take the second one as an order to drop
 * everything. What is left of the group at the end is ended too.
 */
export function run(
  command: string,
  args: readonly string[],
  { env, capture = false, ...as }: RunOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const stdio: StdioOptions = capture
      ? ["ignore", "pipe", "pipe"]
      : ["ignore", "inherit", "inherit"];
    const child = spawn(command, args, {
      ...as,
      env: { ...process.env, ...env },
      stdio,
      detached: true,
    });
    const group = child.pid === undefined ? undefined : -child.pid;
    const passOn = (signal: NodeJS.Signals): void => {
      if (child.pid !== undefined) process.kill(child.pid, signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, passOn);
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
    const done = (): void => {
      for (const signal of signals) process.off(signal, passOn);
    };
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (code, signal) => {
      done();
      if (group !== undefined) endGroup(group);
      resolve({ code: code ?? (signal === "SIGINT" ? 130 : 143), stdout, stderr });
    });
  });
}

function endGroup(group: number): void {
  try {
    process.kill(group, "SIGTERM");
  } catch {
    // Nothing is left of it: as it should be.
  }
}

/** Whether a process is there, whoever owns it. */
export function isAlive(pid: number): boolean {
  // For the system, 0 would mean this very process group.
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
