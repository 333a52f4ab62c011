import type * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "../../config/topology";

/** Where the objects of a stack go on a cluster. */
export interface Scope {
  /** Name of the stack, for labels. */
  readonly stack: string;
  readonly cluster: ClusterPlan;
  /** For the `metadata.namespace` of objects: an object that names it so waits for the namespace to be there. */
  readonly namespace: pulumi.Output<string>;
}
