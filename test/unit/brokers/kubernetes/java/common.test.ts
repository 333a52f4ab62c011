import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { activeMqCommand } from "../../../../../components/brokers/activemq/command";
import { listensScript } from "../../../../../components/brokers/activemq/kubernetes/kubernetes-activemq";
import type { JavaPlan } from "../../../../../components/brokers/kubernetes/java/pod";
import { problemsOf, leaks } from "../../../../support/manifest-rules";
import { manifestsOf, objectOf, ofKind, toYaml } from "../../../../support/manifests";
import {
  clearText,
  find,
  generatedPassword,
  isSecret,
  isSecretOutput,
  reveal,
  value,
} from "../../../../support/mocks";
import { tlsPlan } from "../plans";
import {
  activeMqPlan,
  artemisPlan,
  manifests,
  nodesOf,
  passwords,
  podOf,
  recordBroker,
  topology,
  workloads,
} from "./brokers";

const monitoring = { namespace: "monitoring", serviceMonitor: true };

/** Each kind of broker, by what makes another set of objects of it. */
const variants: readonly (readonly [string, JavaPlan])[] = [
  ["an ActiveMQ", activeMqPlan()],
  ["an ActiveMQ with TLS and metrics", activeMqPlan({ tls: tlsPlan(), monitoring })],
  ["an Artemis", artemisPlan()],
  ["an Artemis with TLS and metrics", artemisPlan({ tls: tlsPlan(), monitoring })],
  ["a cluster of Artemis", artemisPlan({ replicas: 3, tls: tlsPlan(), monitoring })],
];

const plans: readonly (readonly [JavaPlan["kind"], JavaPlan])[] = [
  ["activemq", activeMqPlan()],
  ["artemis", artemisPlan()],
];

const always = [
  "NetworkPolicy",
  "Secret -admin",
  "Secret -config",
  "Service",
  "Service -nodes",
  "ServiceAccount",
  "StatefulSet",
];

describe("is made of", () => {
  test.each([
    ["an ActiveMQ", activeMqPlan(), []],
    ["an Artemis", artemisPlan(), []],
    ["a cluster of Artemis", artemisPlan({ replicas: 2 }), ["PodDisruptionBudget"]],
    ["with a ServiceMonitor", activeMqPlan({ monitoring }), ["ServiceMonitor"]],
    [
      "with only the way for Prometheus",
      artemisPlan({ monitoring: { ...monitoring, serviceMonitor: false } }),
      [],
    ],
  ] as const)("%s", async (_, plan, more) => {
    const objects = await manifests(plan);
    expect(
      objects.map(({ kind, metadata }) =>
        `${kind} ${metadata.name.slice(plan.kind.length)}`.trim(),
      ),
    ).toStrictEqual([...always, ...more].sort());
    for (const { metadata } of objects) {
      expect(metadata.namespace).toBe("mq-prod");
      expect(metadata.labels).toStrictEqual({
        "app.kubernetes.io/name": plan.kind,
        "app.kubernetes.io/instance": "prod",
        "app.kubernetes.io/component": "broker",
        "app.kubernetes.io/part-of": "mq",
        "app.kubernetes.io/managed-by": "pulumi",
      });
    }
  });

  test.each(plans)("%s: one password, its salt, and what is in the cluster", async (_, plan) => {
    const { resources } = await recordBroker(plan);
    expect(
      resources
        .filter(({ type, parent }) => parent?.includes("Broker") && !type.startsWith("kubernetes:"))
        .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`),
    ).toStrictEqual(["RandomBytes broker-admin-salt", "RandomPassword broker-admin"]);
  });
});

test.each([
  ["activemq", "mq:index:ActiveMqBroker"],
  ["artemis", "mq:index:ArtemisBroker"],
])("the token of %s", async (kind, token) => {
  const plan = kind === "activemq" ? activeMqPlan() : artemisPlan();
  const { resources } = await recordBroker(plan);
  expect(find(resources, token, "broker").inputs).toStrictEqual({ replicas: 1 });
});

test.each(variants)(
  "a cluster would admit and run %s; restricted Pod Security",
  async (_, plan) => {
    const objects = await manifests(plan);
    const given = [`${plan.kind}-tls`, ...workloads.pullSecrets];
    expect(problemsOf(objects, { secrets: given })).toStrictEqual([]);
  },
);

test.each(plans)("the order of %s: what nodes need, nodes, clients' Service", async (_, plan) => {
  const { resources, result } = await recordBroker({ ...plan, tls: tlsPlan() });
  expect(find(resources, "kubernetes:apps/v1:StatefulSet", "broker").dependsOn).toStrictEqual([
    "broker",
    "broker",
    "broker-admin",
    "broker-admin",
    "broker-admin-salt",
    "broker-config",
    "broker-nodes",
    "passwords-seed",
  ]);
  expect(find(resources, "kubernetes:core/v1:Service", "broker").dependsOn).toStrictEqual([
    "broker",
  ]);
  expect(await value(result.ready.urn)).toContain("kubernetes:core/v1:Service::broker");
  expect(await value(result.data.urn)).toContain("kubernetes:apps/v1:StatefulSet::broker");
});

test.each(plans)("F15: of %s the nodes and the administrator's password", async (_, plan) => {
  const { resources } = await recordBroker(plan, { protect: true });
  expect(
    resources
      .filter(({ protect, retainOnDelete }) => protect || retainOnDelete)
      .map(({ type, name, retainOnDelete }) => [
        `${type.split(":").at(-1) ?? ""} ${name}`,
        retainOnDelete,
      ]),
  ).toStrictEqual([
    ["StatefulSet broker", true],
    ["RandomBytes broker-admin-salt", false],
    ["RandomPassword broker-admin", false],
  ]);
});

describe("secrets", () => {
  test.each(variants)("X5: of %s none is in clear, nor in what is no Secret", async (_, plan) => {
    const { resources } = await recordBroker(plan);
    const clear = resources.flatMap(({ inputs }) => clearText(inputs));
    expect(clear.filter((text) => passwords.some((each) => text.includes(each)))).toStrictEqual([]);
    const objects = manifestsOf(resources);
    const config = objectOf(objects, "Secret", `${plan.kind}-config`);
    // Hashes, and what is encrypted or derived.
    const derived = Object.values(config.stringData ?? {}).flatMap(
      (text) => text.match(/[0-9a-f]{32,}|(?<=ENC\()[A-Za-z0-9+/]{32,}/gi) ?? [],
    );
    expect(derived.length).toBeGreaterThan(passwords.length - 1);
    derived.push(...(config.stringData?.["encryption-password"]?.trim().split("\n") ?? []));
    expect(leaks(objects, [...passwords, ...derived])).toStrictEqual([]);
    expect(ofKind(objects, "ConfigMap")).toStrictEqual([]);
  });

  test.each(plans)(
    "trap 11: %s reads its files from one Secret, off the volume",
    async (kind, plan) => {
      const { resources } = await recordBroker(plan);
      const { inputs } = find(resources, "kubernetes:core/v1:Secret", "broker-config");
      expect(isSecret(inputs.stringData)).toBe(true);
      const { pod, container } = await podOf(plan);
      expect(pod.volumes).toStrictEqual([
        { name: "config", secret: { secretName: `${kind}-config`, defaultMode: 0o400 } },
        { name: "scratch", emptyDir: { sizeLimit: "64Mi" } },
      ]);
      expect(container.volumeMounts).toStrictEqual([
        { name: "data", mountPath: `/var/lib/${kind}` },
        { name: "config", mountPath: `/etc/${kind}`, readOnly: true },
        { name: "scratch", mountPath: "/tmp" },
      ]);
    },
  );

  test.each(plans)("the administrator's login of %s", async (_, plan) => {
    const { resources, result } = await recordBroker(plan);
    const password = generatedPassword("broker-admin");
    const { inputs } = find(resources, "kubernetes:core/v1:Secret", "broker-admin");
    expect(reveal(inputs.stringData)).toStrictEqual({ username: "mq-admin", password });
    expect(result.admin.user).toBe("mq-admin");
    expect(await value(result.admin.password)).toBe(password);
    expect(await isSecretOutput(result.admin.password)).toBe(true);
  });
});

describe("K16: checksum/config", () => {
  const checksum = async (...args: Parameters<typeof nodesOf>) =>
    (await nodesOf(...args)).template.metadata.annotations["checksum/config"];
  const files = async (plan: JavaPlan) =>
    objectOf(await manifests(plan), "Secret", `${plan.kind}-config`).stringData ?? {};

  test.each(plans)("of %s is of all files, keyed, and no secret", async (_, plan) => {
    const { resources } = await recordBroker(plan);
    const { inputs } = find(resources, "kubernetes:apps/v1:StatefulSet", "broker");
    expect(clearText(inputs)).toContain(
      createHmac("sha256", generatedPassword("broker-admin"))
        .update(JSON.stringify(Object.entries(await files(plan)).sort()))
        .digest("hex"),
    );
  });

  const [first, ...others] = topology.users;
  if (first === undefined) throw new Error("no user");
  const changes: readonly (readonly [string, Partial<typeof topology>])[] = [
    ["a user more", { users: [...topology.users, { ...first, name: "another" }] }],
    ["a user less", { users: others }],
    ["another grant", { users: [{ ...first, send: [] }, ...others] }],
    ["compat", { acl: "compat" }],
    ["a queue less", { queues: topology.queues.slice(0, -1) }],
  ];
  test.each(
    plans.flatMap(([kind, plan]) => changes.map((each) => [kind, each[0], plan, each[1]] as const)),
  )("of %s changes with %s", async (_, __, plan, change) => {
    const changed = await checksum(plan, { topology: { ...topology, ...change } });
    expect(changed).not.toBe(await checksum(plan));
  });

  test("changes with listeners and with authorizationEntries of one's own", async () => {
    const before = await checksum(activeMqPlan());
    const entry = { queue: "other", read: "a", write: "b", admin: "c" };
    expect(await checksum(activeMqPlan({ extraAuthorizationEntries: [entry] }))).not.toBe(before);
    expect(await checksum(activeMqPlan({ tls: tlsPlan() }))).not.toBe(before);
    expect(await checksum(artemisPlan({ tls: tlsPlan() }))).not.toBe(await checksum(artemisPlan()));
  });

  test.each(plans)("of %s stays with all else", async (_, plan) => {
    const same: Partial<JavaPlan> = {
      image: "mirror.example.org/broker:1",
      pullSecrets: ["registry"],
      clientNamespaces: ["apps"],
    };
    expect(await checksum({ ...plan, ...same } as JavaPlan)).toBe(await checksum(plan));
  });
});

describe("the pod", () => {
  test.each(plans)("of %s: who it is, and what it may take", async (kind, plan) => {
    const { pod, container } = await podOf({ ...plan, pullSecrets: ["registry"] });
    expect(pod).toMatchObject({
      serviceAccountName: kind,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsUser: 1001, runAsGroup: 1001, fsGroup: 1001 },
      imagePullSecrets: [{ name: "registry" }],
      terminationGracePeriodSeconds: 300,
      initContainers: [],
    });
    expect(container).toMatchObject({
      name: kind,
      image: plan.image,
      imagePullPolicy: "IfNotPresent",
      resources: {
        requests: { cpu: "1", memory: "2Gi", "ephemeral-storage": "64Mi" },
        limits: { cpu: "1", memory: "2Gi", "ephemeral-storage": "1Gi" },
      },
      ports: [
        { name: "amqp", containerPort: 5672 },
        { name: "stomp", containerPort: 61613 },
      ],
    });
  });

  test.each(plans)("of %s: its heap is 60 % of the container's memory", async (_, plan) => {
    const { container } = await podOf(plan);
    expect(container.command).toContain(`-Xmx${String(1228 * 1024 ** 2)}`);
  });

  const probes = (check: object) => ({
    startupProbe: { ...check, timeoutSeconds: 5, periodSeconds: 5, failureThreshold: 1440 },
    readinessProbe: { ...check, timeoutSeconds: 5, periodSeconds: 10, failureThreshold: 3 },
  });

  test.each(plans)("of %s is looked at where clients come in", async (_, plan) => {
    const { container } = await podOf(plan);
    expect(container).toMatchObject(probes({ tcpSocket: { port: "stomp" } }));
    expect(container.livenessProbe).toBeUndefined();
  });

  test("of an Artemis with TLS: there too", async () => {
    const { container } = await podOf(artemisPlan({ tls: tlsPlan() }));
    expect(container).toMatchObject(probes({ tcpSocket: { port: "stomps" } }));
    expect(container.livenessProbe).toBeUndefined();
  });

  test("of an ActiveMQ with TLS: without a connection, which would be in its log", async () => {
    const { container } = await podOf(activeMqPlan({ tls: tlsPlan() }));
    const command = ["sh", "-c", listensScript(61614)];
    expect(container).toMatchObject(probes({ exec: { command } }));
  });

  test("a port that is listened on, and one that is not", async () => {
    const listens = (port: number) =>
      spawnSync("sh", ["-c", listensScript(port)], { stdio: "ignore" }).status === 0;
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(listens(port)).toBe(true);
    server.close();
    await once(server, "close");
    expect(listens(port)).toBe(false);
  });

  test("an ActiveMQ's runs the broker's own command", async () => {
    const { container } = await podOf(activeMqPlan());
    expect(container.command).toStrictEqual(
      activeMqCommand({
        java: "java",
        home: "/opt/apache-activemq",
        etc: "/etc/activemq",
        data: "/var/lib/activemq",
        heapBytes: 1228 * 1024 ** 2,
      }),
    );
    expect(container.env).toStrictEqual([
      { name: "LANG", value: "C.UTF-8" },
      { name: "MALLOC_ARENA_MAX", value: "2" },
    ]);
  });
});

describe("metrics", () => {
  const agent = "/run/metrics-agent";

  test.each(plans)("of %s come from an agent that the workloads' image has", async (kind, plan) => {
    const { pod, container } = await podOf({ ...plan, pullSecrets: ["registry"], monitoring });
    const few = { cpu: "100m", memory: "64Mi", "ephemeral-storage": "16Mi" };
    expect(pod.initContainers).toStrictEqual([
      {
        name: "metrics-agent",
        image: workloads.image,
        imagePullPolicy: "IfNotPresent",
        command: ["cp", "/usr/local/lib/mq/jmx_prometheus_javaagent.jar", agent],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: { requests: few, limits: few },
        volumeMounts: [{ name: "metrics-agent", mountPath: agent }],
      },
    ]);
    expect(pod.imagePullSecrets).toStrictEqual([{ name: "registry" }, { name: "workloads" }]);
    expect(pod.volumes.at(-1)).toStrictEqual({
      name: "metrics-agent",
      emptyDir: { sizeLimit: "16Mi" },
    });
    expect(container.volumeMounts.at(-1)).toStrictEqual({
      name: "metrics-agent",
      mountPath: agent,
      readOnly: true,
    });
    expect(container.command).toContain(
      `-javaagent:${agent}/jmx_prometheus_javaagent.jar=9404:/etc/${kind}/jmx-exporter.yaml`,
    );
    expect(container.ports.at(-1)).toStrictEqual({ name: "metrics", containerPort: 9404 });
  });

  test.each(plans)("of %s are only in the network policy where asked for", async (kind, plan) => {
    const text = (objects: Parameters<typeof toYaml>[0]) => toYaml(objects);
    expect(text(await manifests(plan))).not.toMatch(/9404|metrics/);
    const objects = await manifests({ ...plan, monitoring });
    const { spec } = objectOf(objects, "NetworkPolicy", kind);
    expect((spec as { ingress: unknown[] }).ingress.at(-1)).toStrictEqual({
      from: [
        { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } },
      ],
      ports: [{ protocol: "TCP", port: 9404 }],
    });
  });

  test("an ActiveMQ's have TLS where clients have it, an Artemis' have not", async () => {
    const monitor = async (plan: JavaPlan) =>
      objectOf(await manifests(plan), "ServiceMonitor", plan.kind).spec;
    const of = (kind: string, endpoint: object) => ({
      selector: {
        matchLabels: {
          "app.kubernetes.io/name": kind,
          "app.kubernetes.io/instance": "prod",
          "app.kubernetes.io/component": "broker",
        },
      },
      endpoints: [{ port: "metrics", ...endpoint, path: "/metrics" }],
    });
    expect(await monitor(activeMqPlan({ monitoring }))).toStrictEqual(of("activemq", {}));
    expect(await monitor(activeMqPlan({ monitoring, tls: tlsPlan() }))).toStrictEqual(
      of("activemq", {
        scheme: "https",
        tlsConfig: {
          ca: { secret: { name: "activemq-ca", key: "ca.crt" } },
          serverName: "activemq.mq-prod.svc",
        },
      }),
    );
    expect(await monitor(artemisPlan({ monitoring, tls: tlsPlan() }))).toStrictEqual(
      of("artemis", {}),
    );
  });
});

describe("the Services and the network policy", () => {
  const tcp = (port: number) => ({ protocol: "TCP", port });
  const dns = { ports: [{ protocol: "UDP", port: 53 }, tcp(53)] };
  const spec = async (plan: JavaPlan, kind: string, name: string = plan.kind) =>
    objectOf(await manifests(plan), kind, name).spec as Record<string, unknown>;
  const servicePorts = async (plan: JavaPlan, name?: string) =>
    ((await spec(plan, "Service", name)).ports as { name: string; port: number }[]).map(
      ({ name, port }) => [name, port],
    );

  test.each(plans)("O8: %s alone: clients of the namespace, and nobody else", async (_, plan) => {
    const { ingress, egress, policyTypes } = await spec(plan, "NetworkPolicy");
    const ports = [tcp(5672), tcp(61613)];
    expect([policyTypes, ingress, egress]).toStrictEqual([
      ["Ingress", "Egress"],
      [{ from: [{ podSelector: {} }], ports }],
      [dns],
    ]);
  });

  test("O8: what nodes of an Artemis cluster say to each other, only they hear", async () => {
    const plan = artemisPlan({ replicas: 3, clientNamespaces: ["apps"] });
    const { ingress, egress, podSelector } = await spec(plan, "NetworkPolicy");
    const peers = [{ podSelector }];
    const internal = [tcp(61618)];
    expect([ingress, egress]).toStrictEqual([
      [
        {
          from: [
            { podSelector: {} },
            { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "apps" } } },
          ],
          ports: [tcp(5672), tcp(61613)],
        },
        { from: peers, ports: internal },
      ],
      [dns, { to: peers, ports: internal }],
    ]);
    expect(await servicePorts(plan)).not.toContainEqual(["cluster", 61618]);
    expect(await servicePorts(plan, "artemis-nodes")).toStrictEqual([
      ["cluster", 61618],
      ["amqp", 5672],
    ]);
  });

  test.each(plans)("K13, K15: %s has STOMP on 61613, with TLS on 61614 alone", async (_, plan) => {
    const plain = [
      ["amqp", 5672],
      ["stomp", 61613],
    ];
    const secure = [
      ["amqps", 5671],
      ["stomps", 61614],
    ];
    expect(await servicePorts(plan)).toStrictEqual(plain);
    expect(await servicePorts({ ...plan, tls: tlsPlan() })).toStrictEqual(secure);
    expect(await servicePorts({ ...plan, tls: tlsPlan({ plainListeners: true }) })).toStrictEqual(
      secure.flatMap((each, index) => [each, plain[index]]),
    );
  });
  test.each(plans)("%s has OpenWire where asked for", async (_, plan) => {
    const openwire = true;
    expect(await servicePorts({ ...plan, openwire })).toContainEqual(["openwire", 61616]);
    const secure = { ...plan, openwire, tls: tlsPlan() };
    expect(await servicePorts(secure)).toContainEqual(["openwire-tls", 61617]);
    expect((await podOf(secure)).container.ports.at(-1)).toStrictEqual({
      name: "openwire-tls",
      containerPort: 61617,
    });
  });
});

describe("endpoints", () => {
  test.each(plans)("of %s", async (kind, plan) => {
    const host = `${kind}.mq-prod.svc`;
    const { result } = await recordBroker(plan);
    expect(result.endpoints).toStrictEqual({
      amqp: { scheme: "amqp", host, port: 5672 },
      stomp: { scheme: "stomp", host, port: 61613 },
    });
    const tls = tlsPlan({ plainListeners: true });
    expect((await recordBroker({ ...plan, tls, openwire: true })).result.endpoints).toStrictEqual({
      amqp: { scheme: "amqps", host, port: 5671 },
      stomp: { scheme: "stomp+ssl", host, port: 61614 },
      openwire: { scheme: "ssl", host, port: 61617 },
    });
  });

  test.each(plans)("%s with TLS and without certificates is refused", async (_, plan) => {
    await expect(
      recordBroker({ ...plan, tls: tlsPlan() }, { withoutCertificates: true }),
    ).rejects.toThrow("broker: mq:broker.tls is set, but there are no certificates; give them");
  });
});
