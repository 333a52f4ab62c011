import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesBrokerPlan } from "../../config/topology";
import { brokerNames } from "./names";

/** What a broker's nodes are made of. */
export interface StatefulSetArgs {
  readonly plan: Pick<KubernetesBrokerPlan, "kind" | "replicas" | "storage">;
  /** Labels that select the nodes. */
  readonly nodes: Readonly<Record<string, string>>;
  /** Labels of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of what a node reads only as it starts: another one makes new pods. */
  readonly checksum: pulumi.Input<string>;
  /** Mounts its data as the volume {@link dataVolume}. */
  readonly pod: types.input.core.v1.PodSpec;
}

/** Name of the volume that a node keeps. */
export const dataVolume = "data";

/** The nodes of a broker: they start together, are changed one by one, and leave their volumes behind. */
export function statefulSetSpec(args: StatefulSetArgs): types.input.apps.v1.StatefulSetSpec {
  const { plan, nodes, labels, checksum, pod } = args;
  const { size, storageClass } = plan.storage;
  return {
    replicas: plan.replicas,
    serviceName: brokerNames(plan.kind).nodes,
    selector: { matchLabels: nodes },
    // A node that was stopped may wait for its peers: started one after the other, the first would wait for ever.
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "RollingUpdate" },
    minReadySeconds: 5,
    revisionHistoryLimit: 5,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    template: {
      metadata: { labels, annotations: { "checksum/config": checksum } },
      spec: pod,
    },
    volumeClaimTemplates: [
      {
        metadata: { name: dataVolume, labels: nodes },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: size } },
          ...(storageClass !== undefined && { storageClassName: storageClass }),
        },
      },
    ],
  };
}
