import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The Node.js that workloads on this machine run with: the one that runs `up`, unless it lies where only root may look
 * (a version manager below `/root`), while the workloads run as users of their own.
 */
export function workloadNode(superuser: boolean): string {
  const own = realpathSync(process.execPath);
  if (!superuser || everybodyMayRun(own)) return own;
  const distributions = "/usr/bin/node";
  try {
    accessSync(distributions, constants.X_OK);
    return distributions;
  } catch {
    return own;
  }
}

function everybodyMayRun(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
