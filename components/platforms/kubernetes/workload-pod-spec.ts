import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ImagePlan } from "../../config/topology";
import { restrictedContainer, restrictedPod } from "./pod-security";

type Container = types.input.core.v1.Container;
type PodSpec = types.input.core.v1.PodSpec;

/** What runs in a pod of one of our workloads; image and security are added. */
export type WorkloadContainer = Omit<Container, "image" | "imagePullPolicy" | "securityContext">;

/** nobody, as document 000 has it. */
const nobody = 65534;

/** A pod that runs the workloads' image as nobody, writes to its volumes only, and has no right on the cluster. */
export function workloadPodSpec(
  { image, pullPolicy, pullSecrets }: ImagePlan,
  serviceAccountName: pulumi.Input<string>,
  container: WorkloadContainer,
  more: Omit<PodSpec, "containers">,
): PodSpec {
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod(nobody),
    imagePullSecrets: pullSecrets.map((name) => ({ name })),
    containers: [
      { ...container, image, imagePullPolicy: pullPolicy, securityContext: restrictedContainer },
    ],
    ...more,
  };
}
