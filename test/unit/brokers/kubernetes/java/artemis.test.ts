import { describe, expect, test } from "vitest";
import { artemisCommand } from "../../../../../components/brokers/artemis/command";
import { artemisCluster } from "../../../../../components/brokers/artemis/kubernetes/cluster";
import { objectOf } from "../../../../support/manifests";
import { tlsPlan } from "../plans";
import { artemisPlan, manifests, nodesOf, podOf } from "./brokers";

const three = artemisPlan({ replicas: 3 });

const nodes = {
  "app.kubernetes.io/name": "artemis",
  "app.kubernetes.io/instance": "prod",
  "app.kubernetes.io/component": "broker",
};

describe("Q30: a broker's name is its pod's alone", () => {
  test("it has the stack and the pod's ordinal in it", async () => {
    const { container } = await podOf(artemisPlan());
    expect(container.command).toContain("-Dmq.broker.name=artemis-prod-$(POD_ORDINAL)");
    expect(container.env).toContainEqual({
      name: "POD_ORDINAL",
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
    });
  });

  test("another stack's is another one", async () => {
    const { container } = await podOf(artemisPlan(), { stack: "dev" });
    expect(container.command).toContain("-Dmq.broker.name=artemis-dev-$(POD_ORDINAL)");
  });

  test("the file, which all nodes share, has none", async () => {
    const { stringData = {} } = objectOf(await manifests(three), "Secret", "artemis-config");
    expect(stringData["broker.xml"]).toContain("<name>${mq.broker.name}</name>");
  });
});

test("one node runs the broker's own command", async () => {
  const { container } = await podOf(artemisPlan());
  expect(container.command).toStrictEqual(
    artemisCommand({
      java: "java",
      home: "/opt/activemq-artemis",
      etc: "/etc/artemis",
      data: "/var/lib/artemis",
      tmp: "/tmp",
      heapBytes: 1228 * 1024 ** 2,
      name: "artemis-prod-$(POD_ORDINAL)",
    }),
  );
});

test.each([
  ["2.44.0", [2, 44], "/opt/activemq-artemis"],
  ["2.50.0", [2, 50], "/opt/artemis"],
] as const)("trap 11: where the image of %s has its software", async (_, version, home) => {
  const { container } = await podOf(artemisPlan({ version }));
  expect(container.command).toContain(`-Dartemis.home=${home}`);
});

test("trap 11: etc is not on the volume, which has data alone", async () => {
  const { container } = await podOf(artemisPlan());
  expect(container.command).toContain("-Dartemis.instance.etc=/etc/artemis");
  const { stringData = {} } = objectOf(await manifests(artemisPlan()), "Secret", "artemis-config");
  expect(stringData["broker.xml"]).toContain("/var/lib/artemis/journal");
});

describe("a cluster", () => {
  const host = (ordinal: number) => `artemis-${String(ordinal)}.artemis-nodes.mq-prod.svc`;

  test("of nodes that know each other by the names of their Service", () => {
    expect(artemisCluster(three, "mq-prod")).toStrictEqual({
      nodes: [0, 1, 2].map((ordinal) => ({
        name: `artemis-${String(ordinal)}`,
        host: host(ordinal),
      })),
      port: 61618,
      bind: "0.0.0.0",
      tls: false,
    });
    expect(artemisCluster(artemisPlan(), "mq-prod")).toBeUndefined();
  });

  test.each([
    ["ca", { kind: "ca" }, true],
    ["issuer", { kind: "issuer", name: "site", issuerKind: "Issuer" }, true],
    ["pem", { kind: "pem", certificate: "", ca: "" }, false],
    ["secret", { kind: "secret", server: "site" }, false],
  ] as const)("%s: TLS among nodes where the certificate has their names", (_, source, tls) => {
    const plan = artemisPlan({ replicas: 2, tls: tlsPlan({ source }) });
    expect(artemisCluster(plan, "mq-prod")?.tls).toBe(tls);
  });

  test("each node says what the others call it, and has time to hand over", async () => {
    const { pod, container } = await podOf(three);
    expect(container.command).toContain("-Dmq.broker.host=$(POD_NAME).artemis-nodes.mq-prod.svc");
    expect(container.env).toContainEqual({
      name: "POD_NAME",
      valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
    });
    expect(container.ports.at(-1)).toStrictEqual({ name: "cluster", containerPort: 61618 });
    expect(pod.terminationGracePeriodSeconds).toBe(3600);
  });

  test("apart from each other, and one at most is taken away at a time", async () => {
    const { pod } = await podOf(three);
    const labelSelector = { matchLabels: nodes };
    expect(pod.affinity).toStrictEqual({
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector, topologyKey: "kubernetes.io/hostname" },
        ],
      },
    });
    expect(pod.topologySpreadConstraints).toStrictEqual([
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector,
      },
    ]);
    const { spec } = objectOf(await manifests(three), "PodDisruptionBudget", "artemis");
    expect(spec).toStrictEqual({ maxUnavailable: 1, selector: labelSelector });
  });

  test("its StatefulSet leaves volumes behind", async () => {
    const storage = { size: "20Gi", storageClass: "fast" };
    const { template, ...rest } = await nodesOf({ ...three, storage });
    expect(template).toBeDefined();
    expect(rest).toStrictEqual({
      replicas: 3,
      serviceName: "artemis-nodes",
      selector: { matchLabels: nodes },
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate" },
      minReadySeconds: 5,
      revisionHistoryLimit: 5,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      volumeClaimTemplates: [
        {
          metadata: { name: "data", labels: nodes },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "20Gi" } },
            storageClassName: "fast",
          },
        },
      ],
    });
  });
});
