import { randomBytes } from "node:crypto";
import { clusterDown, clusterUp, currentCluster, type Cluster } from "../cluster/cluster";
import { run, type Finished } from "../lib/process";

/** A cluster for a benchmark, and the namespaces that it makes there. */
export class BenchCluster {
  /** Stands before the name of each namespace. */
  readonly prefix = `mq-bench-${randomBytes(3).toString("hex")}`;

  private constructor(
    private readonly cluster: Cluster,
    /** Whether it is ours to end. */
    private readonly own: boolean,
  ) {}

  /** The cluster that is up, else one of an API server alone, which ends with the benchmark. */
  static async open(): Promise<BenchCluster> {
    const current = currentCluster();
    return new BenchCluster(
      current ?? (await clusterUp({ mode: "control" })),
      current === undefined,
    );
  }

  get kubeconfig(): string {
    return this.cluster.kubeconfig;
  }

  get context(): string {
    return this.cluster.context;
  }

  /** `mode control` and the like, for the reader of the figures. */
  get mode(): string {
    return this.cluster.mode;
  }

  /** Runs `kubectl` and keeps what it prints. */
  kubectl(...args: string[]): Promise<Finished> {
    const { kubectl, kubeconfig, context } = this.cluster;
    return run(kubectl, ["--kubeconfig", kubeconfig, "--context", context, ...args], {
      capture: true,
    });
  }

  /** Version of the API server. */
  async version(): Promise<string> {
    const { stdout } = await this.kubectl("version", "--output", "json");
    const { serverVersion } = JSON.parse(stdout) as { serverVersion: { gitVersion: string } };
    return serverVersion.gitVersion;
  }

  /** Removes namespaces of this benchmark; where no controller does that, they end with the cluster. */
  async remove(...namespaces: string[]): Promise<void> {
    const wait = `--wait=${String(this.mode !== "control")}`;
    await this.kubectl("delete", "namespace", wait, "--ignore-not-found", ...namespaces);
  }

  /** Ends the cluster, if it is ours. */
  async close(): Promise<void> {
    if (this.own) await clusterDown();
  }
}
