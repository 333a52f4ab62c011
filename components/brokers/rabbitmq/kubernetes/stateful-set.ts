import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { name } from "./names";
import { brokerPod, type BrokerPodArgs } from "./pod";

/** What the nodes are made of. */
export interface StatefulSetArgs extends BrokerPodArgs {
  /** Labels of the pods and volumes. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of what a node reads only as it starts: another one makes new pods. */
  readonly checksum: pulumi.Input<string>;
}

/** The nodes of a cluster: they start together, are changed one by one, and leave their volumes behind. */
export function statefulSetSpec(args: StatefulSetArgs): types.input.apps.v1.StatefulSetSpec {
  const { plan, nodes, labels, checksum } = args;
  const { size, storageClass } = plan.storage;
  return {
    replicas: plan.replicas,
    serviceName: name.nodes,
    selector: { matchLabels: nodes },
    // A node that was stopped waits for its peers: started one after the other, the first would wait for ever.
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "RollingUpdate" },
    minReadySeconds: 5,
    revisionHistoryLimit: 5,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    template: {
      metadata: { labels, annotations: { "checksum/config": checksum } },
      spec: brokerPod(args),
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data", labels: nodes },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: size } },
          ...(storageClass !== undefined && { storageClassName: storageClass }),
        },
      },
    ],
  };
}
