import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../config/topology";
import { labelsOf } from "./labels";
import { restrictedNamespace } from "./pod-security";

/** Arguments of {@link StackNamespace}. */
export interface StackNamespaceArgs {
  readonly stack: string;
  readonly cluster: ClusterPlan;
}

/**
 * The namespace of a stack: only pods of the restricted profile, and no traffic but what a policy of ours allows. Where
 * somebody else makes the namespace, the policy alone.
 */
export class StackNamespace extends pulumi.ComponentResource {
  /** Its name; whoever uses it waits for the namespace to be there. */
  readonly name: pulumi.Output<string>;
  /** The namespace, where it is ours. */
  readonly own: pulumi.Resource | undefined;

  constructor(name: string, args: StackNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:StackNamespace", name, { namespace: args.cluster.namespace }, opts);
    const { stack, cluster } = args;
    const labels = labelsOf({ name: "mq", component: "namespace", stack });
    const own = cluster.createNamespace
      ? new kubernetes.core.v1.Namespace(
          name,
          {
            metadata: { name: cluster.namespace, labels: { ...labels, ...restrictedNamespace } },
          },
          {
            parent: this,
            protect: cluster.protect,
            retainOnDelete: cluster.protect,
            // Nodes of the broker may be waiting for each other.
            customTimeouts: { delete: "30m" },
          },
        )
      : undefined;
    this.own = own;
    this.name = own ? own.metadata.name : pulumi.output(cluster.namespace);
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-default-deny`,
      {
        metadata: { name: "default-deny", namespace: this.name, labels },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      { parent: this, ...(own && { deletedWith: own }) },
    );
    this.registerOutputs({ namespace: this.name });
  }
}
