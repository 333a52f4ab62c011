import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findMarked } from "../../workloads/supervisor/processes";
import type { ProcessIdentity } from "../../workloads/supervisor/spec";
import { UserError } from "../lib/command";
import { searchPath } from "./paths";

const pollMilliseconds = 50;
/** How many of the last lines of a log are shown. */
const shownLines = 8;
/** Every process of a cluster has this variable, the run folder: so it is found, whoever started it. */
const variable = "MQ_CLUSTER";

/** A process of the cluster that outlives the command which starts it. */
export interface Daemon {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  ended(): boolean;
}

/** The variables of a process that belongs to the cluster of a run folder. */
export function clusterEnvironment(folder: string): Record<string, string> {
  return { [variable]: folder, PATH: searchPath };
}

/** The processes of the cluster of a run folder; what runs in containers is not among them. */
export function clusterProcesses(folder: string): ProcessIdentity[] {
  return findMarked(variable, folder);
}

/** Starts a process of the cluster; it works in the run folder and logs into `logs` there. */
export function startDaemon(
  folder: string,
  name: string,
  command: readonly [string, ...string[]],
): Daemon {
  mkdirSync(join(folder, "logs"), { recursive: true });
  const log = join(folder, "logs", `${name}.log`);
  const out = openSync(log, "a", 0o600);
  const [file, ...args] = command;
  let failure: Error | undefined;
  const child = spawn(file, args, {
    cwd: folder,
    detached: true,
    env: { ...clusterEnvironment(folder), HOME: folder, LANG: "C.UTF-8" },
    stdio: ["ignore", out, out],
  });
  closeSync(out);
  child.on("error", (error) => (failure = error));
  child.unref();
  return {
    name,
    pid: child.pid ?? 0,
    log,
    ended: () => failure !== undefined || child.exitCode !== null || child.signalCode !== null,
  };
}

/**
 * Waits until something is so, as long as the daemons that it depends on run.
 *
 * @param what - what is waited for, for the error.
 * @throws {@link UserError} with the last lines of a daemon's log where it ends, or where time is up.
 */
export async function waitUntil(
  what: string,
  daemons: readonly [Daemon, ...Daemon[]],
  isSo: () => Promise<boolean>,
  seconds = 120,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await isSo())) {
    const ended = daemons.find((each) => each.ended());
    if (ended !== undefined) {
      throw new UserError(`cluster: ${ended.name} ended before ${what}; ${lastLines(ended)}`);
    }
    if (performance.now() > deadline) {
      const [first] = daemons;
      throw new UserError(
        `cluster: not there after ${String(seconds)} s: ${what}; ${lastLines(first)}`,
      );
    }
    await sleep(pollMilliseconds);
  }
}

function lastLines({ log }: Daemon): string {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n").slice(-shownLines);
  return `the last lines of its log:\n${lines.join("\n")}`;
}
