import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { isExecutable } from "../toolchain/files";

/** Name of the context in the kubeconfig, and of the cgroup and the network link on this machine. */
export const clusterName = "mq-test";

/** Everything of a running cluster, its data and volumes too: `$XDG_STATE_HOME/mq/cluster`, default `~/.local/state`. */
export function runFolder(): string {
  return resolve(process.env.XDG_STATE_HOME ?? join(homedir(), ".local/state"), "mq/cluster");
}

/** What takes long to make and is kept: `$XDG_CACHE_HOME/mq/cluster`, default `~/.cache`. */
export function cacheFolder(): string {
  return resolve(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "mq/cluster");
}

/** `PATH`, and where Debian has what only root uses. */
export const searchPath = [process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter);

/** The path of an executable of this machine. */
export function findExecutable(name: string): string | undefined {
  return searchPath
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}
