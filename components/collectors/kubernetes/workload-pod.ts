import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ImagePlan, ResourcesPlan } from "../../config/topology";
import { labelsOf, type Part } from "../../platforms/kubernetes/labels";
import {
  workloadPodSpec,
  type WorkloadContainer,
} from "../../platforms/kubernetes/workload-pod-spec";
import { keyedChecksum } from "./keyed-checksum";
import { podFiles, type PodFiles } from "./pod-files";

/** What a pod of a collector or sender is made of. */
export interface WorkloadPod {
  readonly part: Part;
  readonly serviceAccount: string;
  readonly image: ImagePlan;
  readonly resources: ResourcesPlan;
  /** Contents that are read once, at the start: a change of one makes the pod anew. */
  readonly contents: readonly pulumi.Input<string>[];
  /** The password among them. */
  readonly password: pulumi.Output<string>;
  readonly files: PodFiles;
  /** Labels of the nodes that it may run on; default: any. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Volumes beside those of the files. */
  readonly volumes?: types.input.core.v1.Volume[];
  /** What runs; image, files and security are added. */
  readonly container: Omit<WorkloadContainer, "volumeMounts"> & {
    readonly volumeMounts?: types.input.core.v1.VolumeMount[];
  };
}

/** What a container may write beside its volumes: its log. */
const ephemeral = { request: "64Mi", limit: "256Mi" };

/** The template of a pod of a collector or sender; see {@link workloadPodSpec}. */
export function workloadPod(args: WorkloadPod): types.input.core.v1.PodTemplateSpec {
  const { part, image, resources, container } = args;
  const files = podFiles(args.files);
  return {
    metadata: {
      labels: labelsOf(part),
      annotations: { "checksum/config": keyedChecksum(args.contents, args.password) },
    },
    spec: workloadPodSpec(
      image,
      args.serviceAccount,
      {
        ...container,
        resources: {
          requests: { ...resources.requests, "ephemeral-storage": ephemeral.request },
          limits: { ...resources.limits, "ephemeral-storage": ephemeral.limit },
        },
        volumeMounts: [...files.mounts, ...(container.volumeMounts ?? [])],
      },
      {
        terminationGracePeriodSeconds: 30,
        ...(args.nodeSelector && { nodeSelector: args.nodeSelector }),
        volumes: [...files.volumes, ...(args.volumes ?? [])],
      },
    ),
  };
}
