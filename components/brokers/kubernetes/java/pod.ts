import type { types } from "@pulumi/kubernetes";
import type { ActiveMqPlan, ArtemisPlan, ImagePlan } from "../../../config/topology";
import { restrictedContainer, secretMode } from "../../../platforms/kubernetes/pod-security";
import { preferred, type Listener } from "../listeners";
import { brokerNames } from "../names";
import { imageOf, nodePod, nodeProbes, nodeResources, type Check } from "../pod";
import { dataVolume } from "../stateful-set";
import { exporterPod } from "./exporter";
import { clientListeners, metricsListener, ports } from "./listeners";
import { common, javaPaths } from "./paths";

type Container = types.input.core.v1.Container;
type Volume = types.input.core.v1.Volume;

/** The plan of a broker that runs on Java. */
export type JavaPlan = ActiveMqPlan | ArtemisPlan;

/** What runs in a pod: what is the broker software's own. */
export interface JavaProcess {
  readonly command: readonly string[];
  readonly env?: types.input.core.v1.EnvVar[];
  /** Volumes beside those that every such broker has. */
  readonly volumes?: readonly {
    readonly volume: Volume;
    readonly mount: types.input.core.v1.VolumeMount;
  }[];
  /** Default: a connection to the STOMP listener. */
  readonly check?: Check;
  readonly livenessProbe?: types.input.core.v1.Probe;
  /** User and group of the image. */
  readonly user: number;
  /** How long it may take to stop, seconds. */
  readonly longestStop: number;
}

/** What a node's pod is made of beside the plan. */
export interface JavaPodArgs {
  readonly plan: JavaPlan;
  readonly process: JavaProcess;
  /** Labels that select the nodes. */
  readonly nodes: Readonly<Record<string, string>>;
  /** The image that has the agent for metrics. */
  readonly workloads: ImagePlan;
  /** What nodes say to each other. */
  readonly peers: readonly Pick<Listener, "name" | "port">[];
  /** Name of the Secret with the server's certificate; with TLS only. */
  readonly tlsSecret: string | undefined;
}

/** The pod of one node of a broker that runs on Java. */
export function javaPod(args: JavaPodArgs): types.input.core.v1.PodSpec {
  const { plan, process, nodes, workloads, tlsSecret } = args;
  const { user, longestStop } = process;
  const secret = (name: string, secretName: string): Volume => ({
    name,
    secret: { secretName, defaultMode: secretMode },
  });
  const pullSecrets = [
    ...new Set([...plan.pullSecrets, ...(plan.monitoring ? workloads.pullSecrets : [])]),
  ];
  return nodePod(
    { ...plan, pullSecrets },
    { nodes, user, token: false, longestStop },
    {
      initContainers: plan.monitoring ? [exporterPod.initContainer(workloads)] : [],
      containers: [brokerContainer(args)],
      volumes: [
        secret("config", brokerNames(plan.kind).config),
        { name: "scratch", emptyDir: { sizeLimit: "64Mi" } },
        ...(tlsSecret === undefined ? [] : [secret("tls", tlsSecret)]),
        ...(process.volumes ?? []).map(({ volume }) => volume),
        ...(plan.monitoring ? [exporterPod.volume] : []),
      ],
    },
  );
}

function brokerContainer({ plan, process, peers }: JavaPodArgs): Container {
  const path = javaPaths(plan.kind);
  const { command, env = [], volumes = [], livenessProbe } = process;
  const check = process.check ?? { tcpSocket: { port: preferred(ports, plan, "stomp").name } };
  return {
    name: plan.kind,
    ...imageOf(plan),
    command: [...command],
    env: [
      { name: "LANG", value: "C.UTF-8" },
      // What the C library keeps for each thread is no use to Java, and much of a small container.
      { name: "MALLOC_ARENA_MAX", value: "2" },
      ...env,
    ],
    securityContext: restrictedContainer,
    resources: nodeResources(plan),
    ports: [
      ...clientListeners(plan),
      ...peers,
      ...(plan.monitoring ? [metricsListener(false)] : []),
    ].map(({ name, port }) => ({ name, containerPort: port })),
    // A connection that says nothing leaves a warning in an ActiveMQ's log, but to STOMP.
    ...nodeProbes(check),
    ...(livenessProbe && { livenessProbe }),
    volumeMounts: [
      { name: dataVolume, mountPath: path.data },
      { name: "config", mountPath: path.etc, readOnly: true },
      { name: "scratch", mountPath: common.scratch },
      ...(plan.tls ? [{ name: "tls", mountPath: path.tls, readOnly: true }] : []),
      ...volumes.map(({ mount }) => mount),
      ...(plan.monitoring ? [exporterPod.mount] : []),
    ],
  };
}
