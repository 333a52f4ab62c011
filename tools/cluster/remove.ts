import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { end } from "../../workloads/supervisor/processes";
import { removeCgroups } from "./cgroups";
import { clusterProcesses } from "./daemon";
import { restoreKernelSettings } from "./node-space";
import { clusterName } from "./paths";
import type { ClusterState } from "./state";

const pollMilliseconds = 50;

/** Whether the link to a node is there. */
export function hasLink(): boolean {
  return existsSync(`/sys/class/net/${clusterName}`);
}

/**
 * Ends every process of a cluster at once, containers too, and removes what is left of it. Mounts, addresses, routes and
 * packet filter rules are the namespaces', which go with their last process.
 */
export async function removeCluster(folder: string, state: ClusterState): Promise<void> {
  // Nothing of it is kept, and an API server would take a minute to say farewell to its clients.
  await end(() => clusterProcesses(folder), 0);
  if (state.mode === "node") {
    await removeCgroups();
    while (hasLink()) await sleep(pollMilliseconds);
    restoreKernelSettings(state.kernelSettings ?? {});
  }
  rmSync(folder, { recursive: true, force: true });
}
