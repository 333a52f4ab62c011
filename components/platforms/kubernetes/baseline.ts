import { brokerPart } from "../../brokers/kubernetes/names";
import { statefulSetSpec } from "../../brokers/kubernetes/stateful-set";
import type { KubernetesTopology } from "../../config/topology";
import { immutableFields, type Baseline } from "./guard/baseline";
import { selectorOf } from "./labels";

/** What of a topology must not change by accident. */
export function baselineOf(topology: KubernetesTopology): Baseline {
  const { broker, cluster, collectors, stack } = topology;
  const nodes = selectorOf(brokerPart(broker.kind, stack));
  const statefulSet = statefulSetSpec({
    plan: broker,
    nodes,
    labels: nodes,
    // The pods can change.
    checksum: "",
    pod: { containers: [] },
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
