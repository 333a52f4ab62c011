import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import type { ProcessIdentity } from "./spec";

const pollMs = 50;

interface ProcessStat extends ProcessIdentity {
  group: number;
}

/** A live process by its number; undefined when there is none, or only a zombie. */
export function findProcess(pid: number): ProcessStat | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, , group] = fields;
    return state === "Z" || state === "X"
      ? undefined
      : { pid, startTime: fields[19] ?? "", group: Number(group) };
  } catch {
    return undefined;
  }
}

/** Whether this very process is still there. */
export function isAlive(identity: ProcessIdentity | null | undefined): boolean {
  return !!identity && findProcess(identity.pid)?.startTime === identity.startTime;
}

/** The processes that carry a variable with this value in their environment. */
export function findMarked(variable: string, value: string): ProcessIdentity[] {
  const entry = `${variable}=${value}`;
  return allProcesses().filter((each) => environment(each.pid).includes(entry));
}

/** The processes of a group. */
export function findGroup(group: number): ProcessIdentity[] {
  return allProcesses().filter((each) => each.group === group);
}

/**
 * Ends processes: SIGTERM, then SIGKILL for what is still there after the timeout.
 *
 * @param find Finds those that are there now; asked again and again, for they may start others.
 * @param timeoutSeconds Time to end by themselves.
 */
export async function end(find: () => ProcessIdentity[], timeoutSeconds: number): Promise<void> {
  const asked = new Set<string>();
  const deadline = process.hrtime.bigint() + BigInt(Math.round(timeoutSeconds * 1e9));
  for (let left = find(); left.length > 0; left = find()) {
    const timeIsUp = process.hrtime.bigint() >= deadline;
    for (const each of left) {
      const key = `${String(each.pid)} ${each.startTime}`;
      if (timeIsUp) {
        signal(each, "SIGKILL");
      } else if (!asked.has(key)) {
        asked.add(key);
        signal(each, "SIGTERM");
      }
    }
    await sleep(pollMs);
  }
}

/** Sends a signal to this very process, never to a later one with its number. */
function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (identity.pid !== process.pid && isAlive(identity)) {
    try {
      process.kill(identity.pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

function allProcesses(): ProcessStat[] {
  return fs.readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) && pid !== process.pid ? (findProcess(pid) ?? []) : [];
  });
}

function environment(pid: number): string[] {
  try {
    return fs.readFileSync(`/proc/${String(pid)}/environ`, "utf8").split("\0");
  } catch {
    return []; // ended meanwhile, or another user's
  }
}
