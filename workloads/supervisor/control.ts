import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

import { end, findGroup, findMarked, findProcess, isAlive } from "./processes";
import {
  type ProcessIdentity,
  serviceVariable,
  type ServiceStatus,
  supervisorVariable,
} from "./spec";
import { readSpec, readState, removeState } from "./state";

/** Time beyond the service's own stop timeout that a supervisor gets to end, and one that starts to report. */
const graceSeconds = 10;

const pollMs = 50;

/**
 * Starts a service under a supervisor of its own, which outlives this process and its terminal. What an
 * earlier supervisor left is ended first.
 *
 * @param mark The service's mark.
 */
export async function start(mark: string): Promise<void> {
  await stop(mark);
  const supervisor = spawn(process.execPath, [__filename, "run", mark], {
    cwd: "/",
    detached: true, // a session of its own: no terminal, no signal of one
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      LANG: "C.UTF-8",
      [supervisorVariable]: mark,
    },
  });
  supervisor.on("error", () => undefined); // it then has no pid
  for (let waited = 0; readState(mark)?.supervisor.pid !== supervisor.pid; waited += pollMs) {
    const hasEnded = supervisor.pid === undefined || supervisor.exitCode !== null;
    if (hasEnded || waited > graceSeconds * 1000) {
      throw new Error(`the supervisor of ${mark} did not start`);
    }
    await sleep(pollMs);
  }
  supervisor.unref();
}

/**
 * Ends a service, its supervisor and all that it started. It is no error when nothing runs.
 *
 * @param mark The service's mark.
 */
export async function stop(mark: string): Promise<void> {
  const state = readState(mark);
  const timeout = stopTimeout(mark);
  const supervisors = (): ProcessIdentity[] => [
    ...(state && isAlive(state.supervisor) ? [state.supervisor] : []),
    ...findMarked(supervisorVariable, mark),
  ];
  await end(supervisors, timeout + graceSeconds);
  // A supervisor that was killed leaves its service behind.
  const child = state?.child;
  if (child && isAlive(child) && findProcess(child.pid)?.group === child.pid) {
    await end(() => findGroup(child.pid), timeout);
  }
  await end(() => findMarked(serviceVariable, mark), timeout);
  removeState(mark);
}

/**
 * Whether the service runs under its supervisor.
 *
 * @param mark The service's mark.
 */
export function status(mark: string): ServiceStatus {
  const state = readState(mark);
  const supervised = isAlive(state?.supervisor);
  return {
    running: supervised && isAlive(state?.child),
    restarts: supervised ? (state?.restarts ?? 0) : 0,
    specSha256: supervised ? (state?.specSha256 ?? "") : "",
  };
}

function stopTimeout(mark: string): number {
  try {
    return readSpec(mark).spec.stopTimeoutSeconds;
  } catch {
    return graceSeconds;
  }
}
