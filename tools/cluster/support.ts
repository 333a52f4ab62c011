import { readFileSync } from "node:fs";
import { run } from "../lib/process";
import { ownFolders } from "./node-space";
import { cacheFolder, runFolder } from "./paths";

/** What keeps a node from running containers on this machine; undefined where nothing does. */
export async function whyNoNode(): Promise<string | undefined> {
  if (process.platform !== "linux") return "containers need Linux";
  for (const [variable, folder] of Object.entries({
    XDG_STATE_HOME: runFolder(),
    XDG_CACHE_HOME: cacheFolder(),
  })) {
    if (ownFolders.some((own) => folder.startsWith(`${own}/`))) {
      return `${folder} is below one of ${ownFolders.join(", ")}, which a node has of its own; set ${variable} to another place`;
    }
  }
  if (process.geteuid?.() !== 0) return "containers need root";
  if (!/\toverlay$/m.test(readFileSync("/proc/filesystems", "utf8"))) {
    return "the kernel has no file system overlay";
  }
  const namespaces = ["--mount", "--net", "--pid", "--fork"];
  const probe = "mount -t tmpfs tmpfs /run && ip link add probe type veth peer name other";
  const { code, stderr } = await run("unshare", [...namespaces, "sh", "-c", probe], {
    capture: true,
  });
  return code === 0
    ? undefined
    : `no namespaces of mounts, network and processes can be made (${stderr.trim()})`;
}
