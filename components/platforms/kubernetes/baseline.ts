import { statefulSetSpec } from "../../brokers/rabbitmq/kubernetes/stateful-set";
import type { KubernetesTopology } from "../../config/topology";
import { immutableFields, type Baseline } from "./guard/baseline";
import { selectorOf } from "./labels";

/** What of a topology must not change by accident. */
export function baselineOf(topology: KubernetesTopology): Baseline {
  const { broker, cluster, collectors, stack } = topology;
  const nodes = selectorOf({ name: "rabbitmq", component: "broker", stack });
  const statefulSet = statefulSetSpec({
    plan: broker,
    nodes,
    labels: nodes,
    // What follows is part of the pods, and can change.
    checksum: "",
    confParts: [],
    definitionsSecrets: [],
    tlsSecret: undefined,
  });
  return {
    namespace: cluster.namespace,
    broker: {
      kind: broker.kind,
      replicas: broker.replicas,
      storage: broker.storage,
      statefulSet: immutableFields(statefulSet),
    },
    collectors: Object.fromEntries(collectors.map(({ name, storage }) => [name, storage])),
    allow: cluster.allow,
  };
}
