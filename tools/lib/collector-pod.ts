import type { KubernetesCollectorOutput } from "../../components/collectors/fleet-workloads";
import { askKubectl, createObject, showKubectl } from "./kubectl";

/** What is read of a Deployment. */
interface Deployment {
  readonly spec: {
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: { readonly containers: readonly [Container, ...Container[]] };
    };
  };
}

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
}

/** As long as a node may take to have a volume back and to start a pod. */
const patience = "--timeout=180s";
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Takes a collector's pod away, runs one like it that prints the path of each file, until a signal or its end, and puts the
 * collector's own back, whatever happened.
 *
 * @returns the exit code: 0 after a signal, 1 when the pod ended by itself.
 * @throws {@link UserError} with what `kubectl` said.
 */
export async function runCollectorPod(collector: KubernetesCollectorOutput): Promise<number> {
  const { deployment, queue } = collector;
  const answer = await askKubectl(collector, "get", "deployment", deployment, "--output=json");
  const { spec } = JSON.parse(answer) as Deployment;
  const pod = foregroundPod(deployment, spec.template);
  const remove = () =>
    askKubectl(collector, "delete", "pod", pod.metadata.name, "--ignore-not-found", patience);
  // Between two of the commands below a signal would end this process, and leave the queue without a collector.
  const interrupted = new AbortController();
  const hold = (): void => {
    interrupted.abort();
  };
  for (const signal of signals) process.on(signal, hold);
  try {
    await scale(collector, 0);
    const pods = Object.entries(spec.selector.matchLabels).map((label) => label.join("="));
    await askKubectl(
      collector,
      ...["wait", "--for=delete", "pod", `--selector=${pods.join(",")}`, patience],
    );
    await remove();
    await createObject(collector, pod);
    console.error(`mq: ${deployment} is stopped; Ctrl-C ends this and starts it again`);
    const started = ["--for=jsonpath={.status.phase}=Running", `pod/${pod.metadata.name}`];
    await askKubectl(collector, "wait", ...started, patience);
    await showKubectl(collector, "logs", "--follow", `pod/${pod.metadata.name}`);
    return interrupted.signal.aborted ? 0 : 1;
  } finally {
    await remove().finally(() => scale(collector, 1));
    console.error(`mq: ${deployment} drains ${queue} again`);
    for (const signal of signals) process.off(signal, hold);
  }
}

/** The Deployment's pod on its own: it prints paths, and is not started again. */
export function foregroundPod(deployment: string, template: Deployment["spec"]["template"]) {
  const [container, ...others] = template.spec.containers;
  return {
    apiVersion: "v1",
    kind: "Pod",
    // The labels let it through to the broker.
    metadata: { name: `${deployment}-foreground`, labels: template.metadata.labels },
    spec: {
      ...template.spec,
      restartPolicy: "Never",
      containers: [{ ...container, args: [...(container.args ?? []), "--print-paths"] }, ...others],
    },
  };
}

async function scale(collector: KubernetesCollectorOutput, replicas: number): Promise<void> {
  const { deployment } = collector;
  await askKubectl(
    collector,
    "scale",
    `deployment/${deployment}`,
    `--replicas=${String(replicas)}`,
  );
}
