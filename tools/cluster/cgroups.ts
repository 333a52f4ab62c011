import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterName } from "./paths";

const root = "/sys/fs/cgroup";
const pollMilliseconds = 50;

/** The cgroup that all containers are below, once in each hierarchy of version 1, once in version 2. */
function ours(): string[] {
  const hierarchies = existsSync(join(root, "cgroup.controllers"))
    ? [root]
    : readdirSync(root)
        .map((name) => join(root, name))
        .filter((path) => existsSync(join(path, "cgroup.procs")));
  return hierarchies.map((path) => join(path, clusterName));
}

/** Makes the cgroup of the cluster. */
export function makeCgroups(): void {
  const controllers = join(root, "cgroup.controllers");
  if (existsSync(controllers)) {
    // In version 2 a group has the controllers that its parent hands on.
    const names = readFileSync(controllers, "utf8").trim().split(" ");
    writeFileSync(join(root, "cgroup.subtree_control"), names.map((name) => `+${name}`).join(" "));
  }
  for (const path of ours()) mkdirSync(path, { recursive: true });
}

/** Ends everything in the cgroup of the cluster, and removes it. */
export async function removeCgroups(): Promise<void> {
  for (let left = groups(); left.length > 0; left = groups()) {
    for (const path of left) endAll(path);
    // A group can be removed once its processes are reaped; those below come first.
    for (const path of left)
      tryTo(() => {
        rmdirSync(path);
      });
    await sleep(pollMilliseconds);
  }
}

/** All groups, the innermost first. */
function groups(): string[] {
  const below = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => [...below(join(path, entry.name)), join(path, entry.name)]);
  return ours()
    .filter((path) => existsSync(path))
    .flatMap((path) => [...(tryTo(() => below(path)) ?? []), path]);
}

function endAll(path: string): void {
  const pids = tryTo(() => readFileSync(join(path, "cgroup.procs"), "utf8")) ?? "";
  for (const pid of pids.split("\n").filter((line) => line !== "")) {
    tryTo(() => process.kill(Number(pid), "SIGKILL"));
  }
}

/** Groups and processes come and go meanwhile. */
function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
