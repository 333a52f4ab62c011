import type { types } from "@pulumi/kubernetes";
import type { ImagePlan, KubernetesBrokerBase, KubernetesBrokerPlan } from "../../config/topology";
import { restrictedPod } from "../../platforms/kubernetes/pod-security";
import { brokerNames } from "./names";
import { placement } from "./placement";

type PodSpec = types.input.core.v1.PodSpec;
type Resources = types.input.core.v1.ResourceRequirements;

/** How a broker's node runs. */
export interface NodePod {
  /** Labels that select the nodes. */
  readonly nodes: Readonly<Record<string, string>>;
  /** User and group that it runs as. */
  readonly user: number;
  /** Whether it may ask the cluster's API. */
  readonly token: boolean;
  /** How long it may take to stop, seconds. */
  readonly longestStop: number;
}

/** The pod of one node, of the restricted profile. */
export function nodePod(
  plan: KubernetesBrokerPlan,
  { nodes, user, token, longestStop }: NodePod,
  inside: Required<Pick<PodSpec, "initContainers" | "containers" | "volumes">>,
): PodSpec {
  return {
    serviceAccountName: brokerNames(plan.kind).broker,
    automountServiceAccountToken: token,
    // Variables that begin with a broker's name are its own, and those of a Service of that name would be among them.
    enableServiceLinks: false,
    securityContext: restrictedPod(user),
    imagePullSecrets: plan.pullSecrets.map((name) => ({ name })),
    terminationGracePeriodSeconds: longestStop,
    ...placement(plan, nodes),
    ...inside,
  };
}

/** The image of a container. */
export function imageOf({ image, pullPolicy }: Pick<ImagePlan, "image" | "pullPolicy">) {
  return { image, imagePullPolicy: pullPolicy };
}

/** What a node may take: what the plan says, and of the machine's disk what its log needs. */
export function nodeResources({ resources }: Pick<KubernetesBrokerBase, "resources">): Resources {
  return {
    requests: { ...resources.requests, "ephemeral-storage": "64Mi" },
    limits: { ...resources.limits, "ephemeral-storage": "1Gi" },
  };
}

/** For what copies a few files before the node starts. */
export function littleResources(memory = "64Mi"): Resources {
  const little = { cpu: "100m", memory, "ephemeral-storage": "16Mi" };
  return { requests: little, limits: little };
}

/** For use in other variables as `$(POD_NAME)`, and in scripts. */
export const podNames: { name: string; valueFrom: types.input.core.v1.EnvVarSource }[] = [
  { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
];

/** What says whether a node listens. */
export type Check = Pick<types.input.core.v1.Probe, "tcpSocket" | "exec">;

/**
 * When a node is started, and when clients are sent to it. There is no liveness probe: a node that is restarted for being
 * busy is busier afterwards.
 */
export function nodeProbes(check: Check) {
  const probe = { ...check, timeoutSeconds: 5 };
  return {
    // A node opens its listeners last; a large one, or one that waits for its peers, takes as long as it takes.
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 1440 },
    readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
  };
}
