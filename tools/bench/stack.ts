import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { projectDir } from "../lib/workspace";
import { isMet, load, targetLine } from "./figures";
import { BenchCluster } from "./stack-cluster";
import { benchSites } from "./stack-sites";
import { benchUsers } from "./stack-users";

/**
 * What the engine costs on a cluster: against kubectl, with the size of a stack, and for many users of a broker. Nothing
 * waits for pods. Prints each ratio beside its goal.
 *
 * @returns whether all goals are met.
 */
export async function benchStack(rounds: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "mq-bench-"));
  const cluster = await BenchCluster.open();
  try {
    console.log(
      `stacks on Kubernetes ${await cluster.version()} (mode ${cluster.mode}), Pulumi ${version("pulumi")}, ` +
        `provider ${version("kubernetes")}, ${String(cpus().length)} processors; ${String(rounds)} rounds, load ${load()} before`,
    );
    const targets = [
      ...(await benchSites(cluster, folder, rounds)),
      ...(await benchUsers(cluster, folder)),
    ];
    for (const target of targets) console.log(targetLine(target));
    console.log(`load ${load()} after`);
    return targets.every(isMet);
  } finally {
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function version(name: "pulumi" | "kubernetes"): string {
  const file = join(projectDir, "node_modules/@pulumi", name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
