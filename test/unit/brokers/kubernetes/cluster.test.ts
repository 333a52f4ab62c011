import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { serviceNames } from "../../../../components/brokers/kubernetes/names";
import {
  prepareScript,
  stopScript,
} from "../../../../components/brokers/rabbitmq/kubernetes/scripts";
import { passwordHash } from "../../../../components/brokers/rabbitmq/definitions";
import {
  clearText,
  find,
  generatedBytes,
  generatedPassword,
  isSecretOutput,
  reveal,
  value,
  type RecordedResource,
} from "../../../support/mocks";
import { brokerPlan, labels, nodes, recordCluster, tlsPlan } from "./plans";

const three = brokerPlan({ replicas: 3 });

const statefulSet = "kubernetes:apps/v1:StatefulSet";
const secretType = "kubernetes:core/v1:Secret";

/** Type and name of all children. */
function children(resources: readonly RecordedResource[]): string[] {
  return resources
    .filter(({ parent }) => parent !== undefined)
    .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`);
}

const always = [
  "ConfigMap broker-config",
  "Secret broker-admin",
  "Secret broker-admin-definitions",
  "Secret broker-erlang-cookie",
  "Service broker",
  "Service broker-nodes",
  "ServiceAccount broker",
  "StatefulSet broker",
  "NetworkPolicy broker",
  "RandomBytes broker-admin-salt",
  "RandomPassword broker-admin",
  "RandomPassword broker-erlang-cookie",
];

describe("is made of", () => {
  test.each([
    ["one node of 4.3", brokerPlan(), []],
    ["three nodes of 4.3", three, ["PodDisruptionBudget broker"]],
    [
      "three nodes of 4.0, which ask Kubernetes for their peers",
      brokerPlan({ replicas: 3, version: [4, 0] }),
      [
        "PodDisruptionBudget broker",
        "Role broker-peer-discovery",
        "RoleBinding broker-peer-discovery",
      ],
    ],
    [
      "a ServiceMonitor where it is asked for",
      brokerPlan({ monitoring: { namespace: "monitoring", serviceMonitor: true } }),
      ["ServiceMonitor broker-monitor"],
    ],
    [
      "no ServiceMonitor where only the way for Prometheus is",
      brokerPlan({ monitoring: { namespace: "monitoring", serviceMonitor: false } }),
      [],
    ],
  ])("%s", async (_, plan, more) => {
    const { resources } = await recordCluster(plan);
    expect(children(resources).sort()).toStrictEqual([...always, ...more].sort());
  });

  test("objects with the names, namespace and labels that others know them by", async () => {
    const { resources } = await recordCluster(brokerPlan({ replicas: 3, version: [4, 0] }));
    const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(
      objects.map(({ inputs: { kind, metadata } }) => ({ kind, ...(metadata as object) })),
    ).toStrictEqual(
      [
        ["StatefulSet", "rabbitmq"],
        ["ConfigMap", "rabbitmq-config"],
        ["Secret", "rabbitmq-admin"],
        ["Secret", "rabbitmq-admin-definitions"],
        ["Secret", "rabbitmq-erlang-cookie"],
        ["Service", "rabbitmq"],
        ["Service", "rabbitmq-nodes", { annotations: { "pulumi.com/skipAwait": "true" } }],
        ["ServiceAccount", "rabbitmq"],
        ["NetworkPolicy", "rabbitmq"],
        ["PodDisruptionBudget", "rabbitmq"],
        ["Role", "rabbitmq-peer-discovery"],
        ["RoleBinding", "rabbitmq-peer-discovery"],
      ].map(([kind, name, more]) => ({
        kind,
        name,
        namespace: "mq-prod",
        labels,
        ...(more as object | undefined),
      })),
    );
  });
});

test("the order: what nodes need, then the nodes, then the Service that clients use", async () => {
  const { resources, result } = await recordCluster(brokerPlan({ version: [4, 0] }));
  expect(find(resources, statefulSet, "broker").dependsOn).toStrictEqual([
    "broker",
    "broker",
    "broker-admin",
    "broker-admin",
    "broker-admin-definitions",
    "broker-admin-salt",
    "broker-config",
    "broker-erlang-cookie",
    "broker-nodes",
    "broker-peer-discovery",
    "broker-peer-discovery",
  ]);
  expect(find(resources, "kubernetes:core/v1:Service", "broker").dependsOn).toStrictEqual([
    "broker",
  ]);
  expect(find(resources, "kubernetes:core/v1:Service", "broker-nodes").dependsOn).toStrictEqual([]);
  expect(await value(result.ready.urn)).toContain("kubernetes:core/v1:Service::broker");
  expect(await value(result.data.urn)).toContain("kubernetes:apps/v1:StatefulSet::broker");
});

test("F15: protected: the nodes, their cookie and the administrator's password", async () => {
  const guarded = (resources: readonly RecordedResource[]) =>
    resources
      .filter(({ protect, retainOnDelete }) => protect || retainOnDelete)
      .map(({ type, name, protect, retainOnDelete }) => [
        `${type.split(":").at(-1) ?? ""} ${name}`,
        protect,
        retainOnDelete,
      ]);
  expect(guarded((await recordCluster(three)).resources)).toStrictEqual([]);
  expect(guarded((await recordCluster(three, { protect: true })).resources)).toStrictEqual([
    ["StatefulSet broker", true, true],
    ["RandomBytes broker-admin-salt", true, false],
    ["RandomPassword broker-admin", true, false],
    ["RandomPassword broker-erlang-cookie", true, false],
  ]);
});

describe("the nodes", () => {
  const env = [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
  ];
  const domain = ".rabbitmq-nodes.$(POD_NAMESPACE).svc";
  const container = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  };
  const few = { cpu: "100m", memory: "64Mi", "ephemeral-storage": "16Mi" };
  const conf = (name: string) => ({ key: name, path: `conf.d/${name}` });
  const definitions = (name: string, key: string) => ({
    secret: { name, items: [{ key, path: `definitions/${key}` }] },
  });

  test("three of them, in full", async () => {
    const { resources } = await recordCluster(
      brokerPlan({
        replicas: 3,
        pullSecrets: ["registry"],
        storage: { size: "20Gi", storageClass: "fast" },
      }),
      { definitionsSecrets: ["rabbitmq-definitions-0", "rabbitmq-definitions-1"] },
    );
    const { spec } = find(resources, statefulSet, "broker").inputs as unknown as Spec;
    const { template, ...rest } = spec;
    expect(rest).toStrictEqual({
      replicas: 3,
      serviceName: "rabbitmq-nodes",
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
    const { initContainers, containers, ...pod } = template.spec;
    expect(template.metadata.labels).toStrictEqual(labels);
    expect(pod).toStrictEqual({
      serviceAccountName: "rabbitmq",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 999,
        runAsGroup: 999,
        fsGroup: 999,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      imagePullSecrets: [{ name: "registry" }],
      terminationGracePeriodSeconds: 604800,
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: nodes }, topologyKey: "kubernetes.io/hostname" },
          ],
        },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: nodes },
        },
      ],
      volumes: [
        {
          name: "config",
          projected: {
            defaultMode: 0o400,
            sources: [
              {
                configMap: {
                  name: "rabbitmq-config",
                  items: [
                    conf("10-defaults.conf"),
                    conf("20-cluster.conf"),
                    { key: "enabled_plugins", path: "enabled_plugins" },
                  ],
                },
              },
              definitions("rabbitmq-admin-definitions", "10-admin.json"),
              definitions("rabbitmq-definitions-0", "20-access-000.json"),
              definitions("rabbitmq-definitions-1", "20-access-001.json"),
            ],
          },
        },
        { name: "cookie", secret: { secretName: "rabbitmq-erlang-cookie", defaultMode: 0o400 } },
        { name: "scratch", emptyDir: { sizeLimit: "64Mi" } },
      ],
    });
    const image = { image: "rabbitmq:4.3.5-management", imagePullPolicy: "IfNotPresent" };
    expect(initContainers).toStrictEqual([
      {
        name: "prepare",
        ...image,
        command: ["sh", "-c", prepareScript],
        env,
        securityContext: container,
        resources: { requests: few, limits: few },
        volumeMounts: [
          { name: "data", mountPath: "/var/lib/rabbitmq" },
          { name: "cookie", mountPath: "/run/erlang-cookie", readOnly: true },
        ],
      },
    ]);
    const tcpSocket = { port: "amqp" };
    expect(containers).toStrictEqual([
      {
        name: "rabbitmq",
        ...image,
        command: ["rabbitmq-server"],
        env: [
          ...env,
          { name: "HOME", value: "/var/lib/rabbitmq" },
          { name: "LANG", value: "C.UTF-8" },
          { name: "RABBITMQ_NODENAME", value: `rabbit@$(POD_NAME)${domain}` },
          { name: "RABBITMQ_USE_LONGNAME", value: "true" },
          { name: "RABBITMQ_MNESIA_BASE", value: "/var/lib/rabbitmq/mnesia" },
          { name: "RABBITMQ_CONFIG_FILES", value: "/etc/rabbitmq/conf.d" },
          { name: "RABBITMQ_ENABLED_PLUGINS_FILE", value: "/etc/rabbitmq/enabled_plugins" },
          { name: "RABBITMQ_LOGS", value: "-" },
        ],
        securityContext: container,
        resources: {
          requests: { cpu: "1", memory: "2Gi", "ephemeral-storage": "64Mi" },
          limits: { cpu: "1", memory: "2Gi", "ephemeral-storage": "1Gi" },
        },
        ports: [
          { name: "amqp", containerPort: 5672 },
          { name: "stomp", containerPort: 61613 },
          { name: "management", containerPort: 15672 },
          { name: "prometheus", containerPort: 15692 },
          { name: "epmd", containerPort: 4369 },
          { name: "distribution", containerPort: 25672 },
        ],
        startupProbe: { tcpSocket, timeoutSeconds: 5, periodSeconds: 5, failureThreshold: 1440 },
        readinessProbe: { tcpSocket, timeoutSeconds: 5, periodSeconds: 10, failureThreshold: 3 },
        lifecycle: { preStop: { exec: { command: ["sh", "-c", stopScript({ replicas: 3 })] } } },
        volumeMounts: [
          { name: "data", mountPath: "/var/lib/rabbitmq" },
          { name: "config", mountPath: "/etc/rabbitmq", readOnly: true },
          { name: "scratch", mountPath: "/tmp" },
        ],
      },
    ]);
  });

  test("preferred anti-affinity", async () => {
    const plan = brokerPlan({ replicas: 3, antiAffinity: "preferred" });
    expect((await podOf(plan)).affinity).toStrictEqual({
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              labelSelector: { matchLabels: nodes },
              topologyKey: "kubernetes.io/hostname",
            },
          },
        ],
      },
    });
  });

  test("one alone has nothing to be apart from", async () => {
    const pod = await podOf(brokerPlan());
    expect([pod.affinity, pod.topologySpreadConstraints]).toStrictEqual([undefined, undefined]);
  });

  test("before 4.1 they have a token, and RabbitMQ's variables for peer discovery", async () => {
    const pod = await podOf(brokerPlan({ version: [4, 0] }));
    expect(pod.automountServiceAccountToken).toBe(true);
    expect(pod.containers[0]?.env).toStrictEqual(
      expect.arrayContaining([
        { name: "K8S_SERVICE_NAME", value: "rabbitmq-nodes" },
        { name: "K8S_HOSTNAME_SUFFIX", value: domain },
      ]),
    );
  });

  test("TLS: the certificate's whole folder, and probes of the TLS port", async () => {
    const pod = await podOf(brokerPlan({ tls: tlsPlan() }));
    const [broker] = pod.containers;
    expect(pod.volumes.at(-1)).toStrictEqual({
      name: "tls",
      secret: { secretName: "rabbitmq-tls", defaultMode: 0o400 },
    });
    expect(broker?.volumeMounts.at(-1)).toStrictEqual({
      name: "tls",
      mountPath: "/etc/rabbitmq-tls",
      readOnly: true,
    });
    expect(broker?.startupProbe).toMatchObject({ tcpSocket: { port: "amqps" } });
    expect(broker?.readinessProbe).toMatchObject({ tcpSocket: { port: "amqps" } });
  });
});

test("before 4.1 nodes may read the addresses of their own Service, and write events", async () => {
  const { resources } = await recordCluster(brokerPlan({ version: [4, 0] }));
  const inputs = (type: string) =>
    find(resources, `kubernetes:rbac.authorization.k8s.io/v1:${type}`, "broker-peer-discovery")
      .inputs;
  expect(inputs("Role").rules).toStrictEqual([
    {
      apiGroups: [""],
      resources: ["endpoints"],
      resourceNames: ["rabbitmq-nodes"],
      verbs: ["get"],
    },
    { apiGroups: [""], resources: ["events"], verbs: ["create"] },
  ]);
  expect(inputs("RoleBinding")).toMatchObject({
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: "rabbitmq-peer-discovery",
    },
    subjects: [{ kind: "ServiceAccount", name: "rabbitmq", namespace: "mq-prod" }],
  });
});

test("one node at most is taken away at a time", async () => {
  const { resources } = await recordCluster(three);
  expect(
    find(resources, "kubernetes:policy/v1:PodDisruptionBudget", "broker").inputs.spec,
  ).toStrictEqual({ maxUnavailable: 1, selector: { matchLabels: nodes } });
});

describe("secrets", () => {
  const password = generatedPassword("broker-admin");

  test("the administrator's login and definitions, and the cookie", async () => {
    const { resources, result } = await recordCluster(three);
    const data = (name: string) => find(resources, secretType, name).inputs.stringData;
    expect(reveal(data("broker-admin"))).toStrictEqual({ username: "mq-admin", password });
    expect(reveal(data("broker-erlang-cookie"))).toStrictEqual({
      ".erlang.cookie": generatedPassword("broker-erlang-cookie"),
    });
    const { "10-admin.json": definitions } = reveal(data("broker-admin-definitions")) as Record<
      string,
      string
    >;
    expect((JSON.parse(definitions ?? "") as { users: unknown }).users).toStrictEqual([
      {
        name: "mq-admin",
        password_hash: passwordHash(password, generatedBytes("broker-admin-salt", 4)),
        hashing_algorithm: "rabbit_password_hashing_sha256",
        tags: ["administrator"],
      },
    ]);
    expect(await value(result.admin.password)).toBe(password);
    expect(await isSecretOutput(result.admin.password)).toBe(true);
  });

  test("X5: none of them is anywhere in clear, nor in what is no Secret", async () => {
    const { resources } = await recordCluster(brokerPlan({ replicas: 3, tls: tlsPlan() }));
    const hash = passwordHash(password, generatedBytes("broker-admin-salt", 4));
    const values = [password, hash, generatedPassword("broker-erlang-cookie")];
    const leaks = (texts: readonly string[]) =>
      texts.filter((text) => values.some((secret) => text.includes(secret)));
    expect(resources.flatMap(({ inputs }) => leaks(clearText(inputs)))).toStrictEqual([]);
    const others = resources.filter(({ type }) => type !== secretType);
    expect(leaks(others.map(({ inputs }) => JSON.stringify(reveal(inputs))))).toStrictEqual([]);
  });
});

describe("the checksum that rolls the nodes", () => {
  async function checksum(...args: Parameters<typeof recordCluster>): Promise<unknown> {
    const { resources } = await recordCluster(...args);
    const { spec } = find(resources, statefulSet, "broker").inputs as unknown as Spec;
    const annotation = spec.template.metadata.annotations["checksum/config"];
    return annotation;
  }

  test("is a SHA-256 of configuration, plugins and administrator", async () => {
    const { resources } = await recordCluster(three);
    const config = find(resources, "kubernetes:core/v1:ConfigMap", "broker-config").inputs.data;
    const stored = find(resources, secretType, "broker-admin-definitions").inputs.stringData;
    const definitions = (reveal(stored) as Record<string, string>)["10-admin.json"];
    expect(await checksum(three)).toBe(
      createHash("sha256")
        .update(JSON.stringify([config, definitions]))
        .digest("hex"),
    );
  });

  test("changes with the configuration, and not with access definitions", async () => {
    const before = await checksum(three);
    expect(await checksum(brokerPlan({ replicas: 3, conf: { heartbeat: "30" } }))).not.toBe(before);
    expect(await checksum(three, { definitionsSecrets: ["rabbitmq-definitions-0"] })).toBe(before);
  });
});

describe("endpoints", () => {
  const host = "rabbitmq.mq-prod.svc";

  test("plain", async () => {
    const { result } = await recordCluster(three);
    expect(result.endpoints).toStrictEqual({
      amqp: { scheme: "amqp", host, port: 5672 },
      stomp: { scheme: "stomp", host, port: 61613 },
      management: { scheme: "http", host, port: 15672 },
    });
  });

  test("with TLS, also where plain listeners are open", async () => {
    const { result } = await recordCluster(brokerPlan({ tls: tlsPlan({ plainListeners: true }) }));
    expect(result.endpoints).toStrictEqual({
      amqp: { scheme: "amqps", host, port: 5671 },
      stomp: { scheme: "stomp+ssl", host, port: 61614 },
      management: { scheme: "https", host, port: 15671 },
    });
  });
});

test("TLS without certificates is refused", async () => {
  await expect(
    recordCluster(brokerPlan({ tls: tlsPlan() }), { withoutCertificates: true }),
  ).rejects.toThrow("broker: mq:broker.tls is set, but there are no certificates; give them");
});

test("the names that the broker's certificate has to have", () => {
  expect(serviceNames("rabbitmq", "mq-prod")).toStrictEqual([
    "rabbitmq",
    "rabbitmq.mq-prod",
    "rabbitmq.mq-prod.svc",
    "rabbitmq.mq-prod.svc.cluster.local",
    "*.rabbitmq-nodes.mq-prod.svc",
    "*.rabbitmq-nodes.mq-prod.svc.cluster.local",
  ]);
});

describe("the ServiceMonitor", () => {
  const monitoring = { namespace: "monitoring", serviceMonitor: true };
  const type = "kubernetes:monitoring.coreos.com/v1:ServiceMonitor";
  const detailed = {
    path: "/metrics/detailed",
    params: { family: ["queue_coarse_metrics", "queue_consumer_count"] },
  };

  test("reads each node's sums, and of queues length and consumers", async () => {
    const { resources } = await recordCluster(brokerPlan({ monitoring }));
    expect(find(resources, type, "broker-monitor").inputs.spec).toStrictEqual({
      selector: { matchLabels: nodes },
      endpoints: [
        { port: "prometheus", path: "/metrics" },
        { port: "prometheus", ...detailed },
      ],
    });
  });

  test("with TLS, trusting the broker's authority alone", async () => {
    const { resources } = await recordCluster(brokerPlan({ monitoring, tls: tlsPlan() }));
    const secure = {
      port: "prometheus-tls",
      scheme: "https",
      tlsConfig: {
        ca: { secret: { name: "rabbitmq-ca", key: "ca.crt" } },
        serverName: "rabbitmq.mq-prod.svc",
      },
    };
    expect(find(resources, type, "broker-monitor").inputs.spec).toStrictEqual({
      selector: { matchLabels: nodes },
      endpoints: [
        { ...secure, path: "/metrics" },
        { ...secure, ...detailed },
      ],
    });
  });
});

/** As much of a StatefulSet as the tests look at. */
interface Spec {
  readonly spec: {
    readonly template: {
      readonly metadata: {
        readonly labels: unknown;
        readonly annotations: Readonly<Record<string, unknown>>;
      };
      readonly spec: Pod;
    };
  };
}

interface Pod extends Readonly<Record<string, unknown>> {
  readonly initContainers: readonly unknown[];
  readonly containers: readonly (Record<string, unknown> & { volumeMounts: unknown[] })[];
  readonly volumes: readonly unknown[];
}

async function podOf(plan: Parameters<typeof recordCluster>[0]): Promise<Pod> {
  const { resources } = await recordCluster(plan);
  return (find(resources, statefulSet, "broker").inputs as unknown as Spec).spec.template.spec;
}
