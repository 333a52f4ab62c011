import { describe, expect, test } from "vitest";
import type { KubernetesBrokerPlan, KubernetesTopology } from "../../../components/config/topology";
import { baselineOf } from "../../../components/platforms/kubernetes/baseline";
import { activeMqPlan, artemisPlan, nodesOf, workloads } from "../brokers/kubernetes/java/brokers";
import { brokerPlan } from "../brokers/kubernetes/plans";

const topology = (broker: KubernetesBrokerPlan): KubernetesTopology => ({
  platform: "kubernetes",
  stack: "prod",
  cluster: {
    context: "c",
    namespace: "mq-prod",
    createNamespace: true,
    protect: true,
    allow: ["broker.replicas"],
  },
  broker,
  access: { via: "definitions" },
  workloads,
  vhosts: ["/"],
  queues: [],
  users: [],
  acl: "least-privilege",
  collectors: [],
  senders: [],
});

describe("what of a stack must not change by accident", () => {
  test.each([
    ["rabbitmq", brokerPlan({ replicas: 3 })],
    ["activemq", activeMqPlan()],
    ["artemis", artemisPlan({ replicas: 2 })],
  ] as const)("%s", (kind, plan) => {
    const { statefulSet, ...broker } = baselineOf(topology(plan)).broker;
    expect(broker).toStrictEqual({ kind, replicas: plan.replicas, storage: { size: "10Gi" } });
    expect(JSON.parse(statefulSet)).toStrictEqual({
      podManagementPolicy: "Parallel",
      revisionHistoryLimit: 5,
      selector: {
        matchLabels: {
          "app.kubernetes.io/name": kind,
          "app.kubernetes.io/instance": "prod",
          "app.kubernetes.io/component": "broker",
        },
      },
      serviceName: `${kind}-nodes`,
      volumeClaimTemplates: [
        {
          metadata: {
            name: "data",
            labels: {
              "app.kubernetes.io/name": kind,
              "app.kubernetes.io/instance": "prod",
              "app.kubernetes.io/component": "broker",
            },
          },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "10Gi" } },
          },
        },
      ],
    });
  });

  test.each([activeMqPlan(), artemisPlan({ replicas: 2 })])(
    "it is that of the StatefulSet that is made: $kind",
    async (plan) => {
      expect(await nodesOf(plan)).toMatchObject(
        JSON.parse(baselineOf(topology(plan)).broker.statefulSet) as object,
      );
    },
  );
});
