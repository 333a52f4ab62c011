import { scryptSync } from "node:crypto";
import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ImagePlan, ResourcesPlan } from "../../config/topology";
import { labelsOf, type Part } from "../../platforms/kubernetes/labels";
import {
  workloadPodSpec,
  type WorkloadContainer,
} from "../../platforms/kubernetes/workload-pod-spec";
import { podFiles, type PodFiles } from "./pod-files";

/** What a pod of a collector or sender is made of. */
export interface WorkloadPod {
  readonly part: Part;
  readonly serviceAccount: string;
  readonly image: ImagePlan;
  readonly resources: ResourcesPlan;
  /** Contents that are read once, at the start: a change of one makes the pod anew. */
  readonly contents: readonly pulumi.Input<string>[];
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
      annotations: { "checksum/config": checksum(args.contents) },
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

/**
 * A checksum of contents of which one may be a password. It is no secret, for a secret in it would hide the whole pod from
 * a preview: so it is one that takes long to guess from.
 */
function checksum(contents: readonly pulumi.Input<string>[]): pulumi.Output<string> {
  return pulumi.unsecret(
    pulumi.all([...contents]).apply((all) => scryptSync(all.join("\0"), "mq", 32).toString("hex")),
  );
}
