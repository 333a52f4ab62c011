import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../lib/command";
import { run } from "../../lib/process";
import { clusterEnvironment } from "../daemon";
import { runFolder } from "../paths";

const shownLines = 10;

/** What no container reads: the package manager's lists and archives, documentation, other languages. */
const needless = [
  "usr/share/doc",
  "usr/share/man",
  "usr/share/info",
  "usr/share/locale",
  "var/cache/apt",
  "var/lib/apt/lists",
  "var/log/apt",
];

/** A minimal Debian in a folder that is not there yet. */
export async function debianRoot(suite: string, root: string): Promise<void> {
  await apart("debootstrap", "--variant=minbase", suite, root);
  // 101: services are not to be started (invoke-rc.d(8), policy-rc.d).
  writeFileSync(join(root, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
}

/** Runs a script of the shell as root of a root file system, with `/proc` as most installers want it. */
export async function runIn(root: string, script: string): Promise<void> {
  await apart(
    "sh",
    "-c",
    'mount -t proc proc "$0/proc" && exec chroot "$0" sh -ec "$1"',
    root,
    script,
  );
}

/** Removes what an image does not need. */
export function slim(root: string): void {
  for (const path of needless) rmSync(join(root, path), { recursive: true, force: true });
  // Every container gets devices of its own.
  for (const device of readdirSync(join(root, "dev"))) {
    rmSync(join(root, "dev", device), { recursive: true, force: true });
  }
}

/**
 * Runs a command in mount and process namespaces of its own: its mounts and processes are gone when it ends, whatever
 * becomes of this process.
 */
async function apart(...command: readonly string[]): Promise<void> {
  const isolation = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const { code, stdout, stderr } = await run("unshare", [...isolation, ...command], {
    capture: true,
    env: { ...clusterEnvironment(runFolder()), DEBIAN_FRONTEND: "noninteractive", LANG: "C.UTF-8" },
  });
  if (code === 0) return;
  const said = `${stdout}${stderr}`.trimEnd().split("\n").slice(-shownLines).join("\n");
  throw new UserError(`image: "${command.join(" ")}" failed; its last lines:\n${said}`);
}
