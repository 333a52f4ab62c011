import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/command";
import { run } from "../lib/process";
import { startDaemon, waitUntil, type Daemon } from "./daemon";
import { network } from "./network";
import { clusterName } from "./paths";

/**
 * The place that a node lives in: a mount and a network namespace of its own. Mounts, links and packet filter rules that
 * the node makes are in there, and are gone with its last process; so are the folders where some parts insist on writing.
 */
export interface NodeSpace {
  readonly holder: Daemon;
  readonly inside: Inside;
}

/** Makes a command one that runs in the node's namespaces. */
export type Inside = (command: readonly string[]) => [string, ...string[]];

/** Folders of which a node has its own: what is on this machine below them is not there for it. */
export const ownFolders = ["/run", "/var/lib", "/var/log"] as const;

const marker = "node-space.ready";

/** Makes the namespaces, and the link between the machine and them. */
export async function openNodeSpace(folder: string): Promise<NodeSpace> {
  const prepare = [
    "mount --make-rshared /",
    ...ownFolders.map((path) => `mount -t tmpfs -o mode=755 tmpfs ${path}`),
    `touch ${marker}`,
    "exec sleep infinity",
  ].join(" && ");
  const namespaces = ["--mount", "--net"];
  const holder = startDaemon(folder, "node-space", ["unshare", ...namespaces, "sh", "-c", prepare]);
  const isReady = (): Promise<boolean> => Promise.resolve(readable(join(folder, marker)));
  await waitUntil("the node's namespaces are made", [holder], isReady, 20);
  const { pid } = holder;
  const inside = inNodeSpace(pid);
  const { machine, node, linkPrefix, pods, services } = network;
  const outside = [
    `link add ${clusterName} type veth peer name eth0 netns ${String(pid)}`,
    `address add ${machine}/${String(linkPrefix)} dev ${clusterName}`,
    `link set ${clusterName} up`,
  ];
  const within = [
    `address add ${node}/${String(linkPrefix)} dev eth0`,
    "link set lo up",
    "link set eth0 up",
    `route add default via ${machine}`,
  ];
  const routes = [pods, services].map((range) => `route add ${range} via ${node}`);
  for (const line of outside) await must(["ip", ...line.split(" ")]);
  for (const line of within) await must(inside(["ip", ...line.split(" ")]));
  for (const line of routes) await must(["ip", ...line.split(" ")]);
  await must(inside(["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]));
  return { holder, inside };
}

/** The namespaces of a process. */
export function inNodeSpace(pid: number): Inside {
  const enter = ["--target", String(pid), "--mount", "--net", "--"];
  return (command) => ["nsenter", ...enter, ...command];
}

function readable(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command of the system that has to work. */
export async function must([file, ...args]: readonly [string, ...string[]]): Promise<void> {
  const { code, stderr } = await run(file, args, { capture: true });
  if (code !== 0) {
    throw new UserError(`cluster: "${[file, ...args].join(" ")}" failed: ${stderr.trim()}`);
  }
}

/** What a kubelet sets; these are the machine's, not the namespace's. */
const kernelSettings = [
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
].map((name) => `/proc/sys/${name}`);

/** What the settings of the kernel are that a kubelet changes, by file. */
export function readKernelSettings(): Record<string, string> {
  return Object.fromEntries(
    kernelSettings.filter(readable).map((file) => [file, readFileSync(file, "utf8").trim()]),
  );
}

/** Puts settings back that {@link readKernelSettings} gave. */
export function restoreKernelSettings(settings: Readonly<Record<string, string>>): void {
  for (const [file, value] of Object.entries(settings)) {
    if (readFileSync(file, "utf8").trim() !== value) writeFileSync(file, value);
  }
}
