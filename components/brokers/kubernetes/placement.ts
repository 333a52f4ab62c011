import type { KubernetesBrokerBase } from "../../config/topology";

/** Nodes apart from each other: by machine as the plan says, by zone where it can be. One alone has nothing to be apart from. */
export function placement(
  { replicas, antiAffinity }: Pick<KubernetesBrokerBase, "replicas" | "antiAffinity">,
  nodes: Readonly<Record<string, string>>,
) {
  if (replicas === 1) return {};
  const labelSelector = { matchLabels: nodes };
  const term = { labelSelector, topologyKey: "kubernetes.io/hostname" };
  return {
    affinity: {
      podAntiAffinity:
        antiAffinity === "required"
          ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
          : {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 100, podAffinityTerm: term },
              ],
            },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector,
      },
    ],
  };
}
