import { spawn, type ChildProcess } from "node:child_process";
import { currentCluster } from "../../tools/cluster/cluster";
import { run } from "../../tools/lib/process";
import { eventually } from "./eventually";
import { freePorts, stackFolder, stackValues, TestStack, type StackValues } from "./stack";

/** The images that the test cluster has, by kind. */
const brokerImages: Readonly<Record<string, string>> = {
  rabbitmq: "rabbitmq:4.0.5-management",
  activemq: "apache/activemq-classic:6.1.7",
  artemis: "apache/activemq-artemis:2.44.0",
};
/** The image that the test cluster has, built by `npm run image`. */
const workloadsImage = "mq-workloads:0.1.0";

/** What the tests change in a stack file of Kubernetes: sections by name. */
export type Section = Record<string, Record<string, unknown>>;

/** A section of the values of a stack file, made where it is missing. */
export function section(values: StackValues, name: string): Record<string, unknown> {
  return (values[`mq:${name}`] ??= {}) as Record<string, unknown>;
}

/** A stack of a test's own on the test cluster, in a namespace of its own. */
export class ClusterStack extends TestStack {
  private readonly forwards = new Set<ChildProcess>();

  private constructor(
    folder: string,
    stack: string,
    readonly namespace: string,
    private readonly kubectlPath: string,
    readonly kubeconfig: string,
    readonly context: string,
  ) {
    super(folder, stack, { KUBECONFIG: kubeconfig });
  }

  /**
   * A stack file of this project on the test cluster: its context and images, a namespace of its own, and no more memory
   * than a test machine has; changed by `change`.
   */
  static on(
    sample: "dev" | "staging" | "prod",
    name: string,
    change: (values: StackValues) => void = () => {},
  ): ClusterStack {
    const cluster = currentCluster();
    if (cluster === undefined) throw new Error("no cluster is up; run npm run cluster:up");
    const { kubeconfig, context, kubectl } = cluster;
    const namespace = `mq-${name}`;
    const stack = new ClusterStack(
      stackFolder(name),
      name,
      namespace,
      kubectl,
      kubeconfig,
      context,
    );
    const values = stackValues(sample);
    Object.assign(section(values, "kubernetes"), { context, namespace, protect: false });
    Object.assign(section(values, "workloads"), { image: workloadsImage });
    shrink(values);
    change(values);
    const broker = section(values, "broker");
    broker.image = brokerImages[String(broker.kind)];
    stack.write(values);
    return stack;
  }

  /** Runs kubectl in the stack's namespace. @returns what it printed; throws unless it ends with 0. */
  async kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}${stdout}`);
    return stdout;
  }

  /** The same, and its end whatever it is. */
  tryKubectl(...args: string[]): ReturnType<typeof run> {
    return run(this.kubectlPath, [...this.kubectlArgs, ...args], { capture: true });
  }

  /** An object, or the list of all of a kind. */
  async get<T>(...what: string[]): Promise<T> {
    return JSON.parse(await this.kubectl("get", ...what, "--output", "json")) as T;
  }

  /** Runs a command in a pod. */
  exec(pod: string, ...command: string[]): Promise<string> {
    return this.kubectl("exec", pod, "--", ...command);
  }

  /**
   * Forwards a port of the loopback address to one of a pod or Service, until the stack is disposed of: begun anew whenever
   * the pod is another one. @returns the local port.
   */
  async forward(target: string, port: number): Promise<number> {
    const [local = 0] = await freePorts(1);
    const args = [...this.kubectlArgs, "port-forward", target, `${String(local)}:${String(port)}`];
    let printed = "";
    const begin = (): void => {
      const child = spawn(this.kubectlPath, args, { stdio: ["ignore", "pipe", "pipe"] });
      this.forwards.add(child);
      const keep = (data: Buffer): void => {
        printed += data.toString();
      };
      child.stdout.on("data", keep);
      child.stderr.on("data", keep);
      child.once("close", () => {
        if (this.forwards.delete(child)) setTimeout(begin, 500);
      });
    };
    begin();
    await eventually(() => printed.includes("Forwarding from"), 60).catch(() => {
      throw new Error(`kubectl port-forward ${target}: ${printed}`);
    });
    return local;
  }

  /** Waits until all brokers are those of the last `up`, which does not wait for a rolling update to begin. */
  async rolledOut(): Promise<void> {
    const { kind } = section(this.values(), "broker");
    await this.kubectl("rollout", "status", `statefulset/${String(kind)}`, "--timeout=300s");
  }

  private endForwards(): void {
    const all = [...this.forwards];
    this.forwards.clear();
    for (const child of all) child.kill();
  }

  override async dispose(): Promise<void> {
    this.endForwards();
    await super.dispose();
  }

  private get kubectlArgs(): string[] {
    const { kubeconfig, context, namespace } = this;
    return ["--kubeconfig", kubeconfig, "--context", context, "--namespace", namespace];
  }
}

/** What one machine with two cores has room for. */
function shrink(values: StackValues): void {
  const broker = section(values, "broker");
  Object.assign(broker, {
    antiAffinity: "preferred",
    resources: { limits: { cpu: "2", memory: "1Gi" }, requests: { cpu: "100m", memory: "512Mi" } },
    storage: { size: "2Gi" },
  });
  // There is no Prometheus operator.
  if (broker.monitoring) Object.assign(broker.monitoring, { serviceMonitor: false });
  for (const collector of Object.values(section(values, "collectors") as Section)) {
    Object.assign(collector, {
      storage: { size: "64Mi" },
      resources: { limits: { cpu: "1" }, requests: { cpu: "50m", memory: "128Mi" } },
    });
  }
}
