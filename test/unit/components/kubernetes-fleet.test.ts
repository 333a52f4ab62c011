import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "ini";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueCertificates } from "../../support/certificates";
import { clearText, find, generatedPair, reveal, type RecordedResource } from "../../support/mocks";
import {
  daemonSet,
  fleet,
  receiverPassword,
  senderPassword,
  tls,
  topology,
} from "../../support/kubernetes-fleet";

type Resources = readonly RecordedResource[];

const secretType = "kubernetes:core/v1:Secret";
const configMapType = "kubernetes:core/v1:ConfigMap";
const deploymentType = "kubernetes:apps/v1:Deployment";
const daemonSetType = "kubernetes:apps/v1:DaemonSet";

/** What this test reads of an object. */
interface KubernetesObject {
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
  };
  stringData?: Record<string, string>;
  data?: Record<string, string>;
  spec: {
    replicas: number;
    strategy: unknown;
    selector: { matchLabels: Record<string, string> };
    template: { metadata: KubernetesObject["metadata"]; spec: PodSpec };
  };
}

interface PodSpec {
  volumes: { name: string }[];
  containers: { volumeMounts: { name: string; mountPath: string }[] }[];
}

const object = (resources: Resources, type: string, name: string) =>
  reveal(find(resources, type, name).inputs) as KubernetesObject;
const annotations = (resources: Resources, type: string, name: string) =>
  object(resources, type, name).spec.template.metadata.annotations;
const objects = (resources: Resources) =>
  resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ type, inputs }) => {
      const kind = type.split(":").at(-1) ?? "";
      return `${kind} ${(reveal(inputs) as KubernetesObject).metadata.name}`;
    })
    .sort();

const certificates = mkdtempSync(join(tmpdir(), "mq-fleet-"));
const pem = (name: string) => readFileSync(join(certificates, `${name}.pem`), "utf8");

/** The fleet of a small cluster, and the same where the broker has TLS. */
let plain: Awaited<ReturnType<typeof fleet>>;
let secured: typeof plain;
let resources: Resources;

beforeAll(async () => {
  issueCertificates(certificates, "ca", { server: "DNS:rabbitmq.mq-dev.svc" });
  plain = await fleet();
  secured = await fleet({ broker: { ...topology.broker, tls } });
  resources = plain.resources;
});
afterAll(() => {
  rmSync(certificates, { recursive: true });
});

test("the fleet of a small cluster is made of these objects and no others", () => {
  expect(objects(resources)).toStrictEqual([
    "ConfigMap collector-inventory",
    "ConfigMap collector-log",
    "ConfigMap kermit",
    "DaemonSet sender-kermit",
    "Deployment collector-inventory",
    "Deployment collector-log",
    "NetworkPolicy collector-inventory",
    "NetworkPolicy collector-log",
    "NetworkPolicy sender-kermit",
    "PersistentVolumeClaim collector-inventory",
    "PersistentVolumeClaim collector-log",
    "Secret receiver",
    "Secret receiver-keys",
    "Secret sender-kermit",
    "Secret sender-kermit-keys",
    "ServiceAccount collector-inventory",
    "ServiceAccount collector-log",
    "ServiceAccount sender-kermit",
  ]);
});

test("all of them are in the stack's namespace, and each child's name begins with its parent's", () => {
  for (const { type, name, parent, inputs } of resources) {
    expect(name.startsWith(parent?.split("::")[1] ?? "")).toBe(true);
    if (!type.startsWith("kubernetes:")) continue;
    const { metadata } = reveal(inputs) as KubernetesObject;
    expect(metadata.namespace).toBe("mq-dev");
    expect(metadata.labels["app.kubernetes.io/instance"]).toBe("dev");
  }
});

test("the outputs say where each is", () => {
  const { result } = plain;
  const place = { on: "kubernetes", context: "kind-mq", namespace: "mq-dev" };
  expect(result.collectedDir).toBe("/var/lib/kermit/queue");
  expect(result.collectors.log).toStrictEqual({
    ...place,
    queue: "kermit.log",
    directory: "/var/lib/kermit/queue/kermit.log",
    deployment: "collector-log",
  });
  expect(result.senders).toStrictEqual({
    kermit: [{ ...place, secret: "sender-kermit", daemonSet: "sender-kermit" }],
  });
});

describe("a collector's pod", () => {
  const deployment = () => object(resources, deploymentType, "kermit-receiver-log");

  test("K1: one, which is gone before its successor comes", () => {
    const { metadata, spec } = deployment();
    expect([spec.replicas, spec.strategy]).toStrictEqual([1, { type: "Recreate" }]);
    // Labels select this collector's pod alone.
    expect(spec.selector.matchLabels).toStrictEqual({
      "app.kubernetes.io/name": "mq-collector",
      "app.kubernetes.io/instance": "dev",
      "app.kubernetes.io/component": "collector-log",
    });
    expect(spec.template.metadata.labels).toStrictEqual(metadata.labels);
    // What `receive` scaled, the next `up` may take back.
    expect(metadata.annotations).toStrictEqual({ "pulumi.com/patchForce": "true" });
  });

  test("K17, K19: nobody drains the queue into the volume, and writes nowhere else", () => {
    const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
      httpGet: { path, port: "metrics" },
      periodSeconds,
      failureThreshold,
      timeoutSeconds: 5,
    });
    const file = (name: string) => ({
      name: "config",
      mountPath: `/etc/kermit/${name}`,
      subPath: name,
      readOnly: true,
    });
    const item = (name: string) => ({ key: name, path: name });
    expect(deployment().spec.template.spec).toStrictEqual({
      serviceAccountName: "collector-log",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        runAsGroup: 65534,
        fsGroup: 65534,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      imagePullSecrets: [{ name: "pull" }],
      terminationGracePeriodSeconds: 30,
      volumes: [
        {
          name: "config",
          projected: {
            defaultMode: 0o400,
            sources: [
              { configMap: { name: "kermit", items: [item("kermit.cfg")] } },
              { secret: { name: "receiver", items: [item("amqpqueue.cfg"), item("password")] } },
              { configMap: { name: "collector-log", items: [item("collector.json")] } },
            ],
          },
        },
        { name: "keys", secret: { secretName: "receiver-keys", defaultMode: 0o400 } },
        { name: "output", persistentVolumeClaim: { claimName: "collector-log" } },
      ],
      containers: [
        {
          name: "collector",
          image: "mq-workloads:0.1.0",
          imagePullPolicy: "IfNotPresent",
          command: ["node", "/usr/local/lib/mq/collector.js"],
          args: ["--config", "/etc/kermit/collector.json"],
          ports: [{ name: "metrics", containerPort: 9464 }],
          startupProbe: probe("/healthz", 2, 30),
          livenessProbe: probe("/healthz", 10, 6),
          readinessProbe: probe("/readyz", 5, 2),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          resources: {
            requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "64Mi" },
            limits: { cpu: "1", memory: "512Mi", "ephemeral-storage": "256Mi" },
          },
          volumeMounts: [
            file("kermit.cfg"),
            file("amqpqueue.cfg"),
            file("password"),
            file("collector.json"),
            // K6: the folder of the keys.
            { name: "keys", mountPath: "/etc/kermit/ssl", readOnly: true },
            { name: "output", mountPath: "/var/lib/kermit/queue" },
          ],
        },
      ],
    });
  });

  test("its configuration says where all that is", () => {
    const { data } = object(resources, configMapType, "kermit-receiver-log");
    expect(JSON.parse(data?.["collector.json"] ?? "")).toStrictEqual({
      broker: {
        protocol: "stomp",
        host: "rabbitmq.mq-dev.svc",
        port: 61613,
        vhost: "/",
        user: "kermit-receiver",
        passwordFile: "/etc/kermit/password",
      },
      queue: "kermit.log",
      source: "/amq/queue/kermit.log",
      outputDir: "/var/lib/kermit/queue",
      keyDir: "/etc/kermit/ssl",
      maxBytes: 1024,
      dedup: "perSender",
      prefetch: 1000,
      batch: 500,
      http: { host: "0.0.0.0", port: 9464 },
    });
  });

  test("K17: the volume, which is there before the pod", () => {
    const type = "kubernetes:core/v1:PersistentVolumeClaim";
    const claim = find(resources, type, "kermit-receiver-log");
    expect((claim.inputs as { spec: unknown }).spec).toStrictEqual({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    });
    expect([claim.protect, claim.retainOnDelete]).toStrictEqual([false, false]);
    expect(find(resources, deploymentType, "kermit-receiver-log").dependsOn).toContain(claim.name);
  });

  test("X6: where the cluster's plan protects data, the volume outlives the stack", async () => {
    const [first] = topology.collectors;
    const storage = { size: "10Gi", storageClass: "fast" };
    const kept = await fleet({
      cluster: { ...topology.cluster, protect: true },
      collectors: first ? [{ ...first, storage }] : [],
    });
    const claims = kept.resources.filter(({ type }) => type.endsWith(":PersistentVolumeClaim"));
    expect(claims).toMatchObject([
      {
        protect: true,
        retainOnDelete: true,
        inputs: {
          spec: { storageClassName: "fast", resources: { requests: { storage: "10Gi" } } },
        },
      },
    ]);
  });
});

describe("keys", () => {
  const pods = (all: Resources) =>
    all
      .filter(({ type }) => type === deploymentType || type === daemonSetType)
      .map(({ type, name }) => object(all, type, name));
  const holders = (all: Resources, half: string) =>
    all
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .filter(({ inputs }) => JSON.stringify(reveal(inputs)).includes(JSON.stringify(half)))
      .map(({ inputs }) => (reveal(inputs) as KubernetesObject).metadata.name);
  /** Names of the pods' owners whose template names a Secret in any way. */
  const readers = (all: Resources, secret: string) =>
    pods(all)
      .filter(({ spec }) => JSON.stringify(spec.template).includes(JSON.stringify(secret)))
      .map(({ metadata }) => metadata.name);

  test.each([
    ["plain", () => plain.resources],
    ["TLS", () => secured.resources],
  ])(
    "K4: the public key is in one Secret, which collectors mount and nothing else (%s)",
    (_, of) => {
      const all = of();
      expect(holders(all, generatedPair.publicKey)).toStrictEqual(["receiver-keys"]);
      expect(readers(all, "receiver-keys")).toStrictEqual(["collector-inventory", "collector-log"]);
    },
  );

  test.each([
    ["plain", () => plain.resources],
    ["TLS", () => secured.resources],
  ])("K5: the private key is in one Secret, which senders mount and nothing else (%s)", (_, of) => {
    const all = of();
    expect(holders(all, generatedPair.privateKey)).toStrictEqual(["sender-kermit-keys"]);
    expect(readers(all, "sender-kermit-keys")).toStrictEqual(["sender-kermit"]);
    expect(readers(all, "sender-kermit")).toStrictEqual(["sender-kermit"]);
  });

  test("K3: each Secret has one file of the pair's name, which renames both", async () => {
    const files = (all: Resources) =>
      ["kermit-receiver-keys", "kermit-sender-kermit-keys"].map((name) =>
        Object.keys(object(all, secretType, name).stringData ?? {}),
      );
    expect(files(resources)).toStrictEqual([["q-public.pem"], ["q-private.pem"]]);
    const renamed = await fleet({ signing: { name: "site", bits: 2048 } });
    expect(files(renamed.resources)).toStrictEqual([["site-public.pem"], ["site-private.pem"]]);
  });

  test("K6: they are mounted at /etc/kermit/ssl, read-only", () => {
    for (const { spec } of pods(resources)) {
      const mounts = spec.template.spec.containers.flatMap(({ volumeMounts }) => volumeMounts);
      expect(
        mounts.filter(({ mountPath }) => mountPath.startsWith("/etc/kermit/ssl")),
      ).toStrictEqual([{ name: "keys", mountPath: "/etc/kermit/ssl", readOnly: true }]);
    }
  });
});

describe("Kermit's configuration", () => {
  const kermit = {
    amqpqueue: {
      outputdir: "/var/lib/kermit/queue",
      amqpcfg: "/etc/kermit/amqpqueue.cfg",
      inventoryqueuename: "/queue/kermit.inventory",
      logqueuename: "/queue/kermit.log",
    },
  };
  const login = (name: string) => object(resources, secretType, name).stringData ?? {};

  test("K7: kermit.cfg is the same for receivers and senders", () => {
    const { data } = object(resources, configMapType, "kermit-receiver-shared");
    expect(Object.keys(data ?? {})).toStrictEqual(["kermit.cfg"]);
    expect(parse(data?.["kermit.cfg"] ?? "")).toEqual(kermit);
    expect(login("kermit-sender-kermit")["kermit.cfg"]).toBe(data?.["kermit.cfg"]);
  });

  test.each([
    ["kermit-receiver-login", "kermit-receiver", receiverPassword],
    ["kermit-sender-kermit", "kermit-sender", senderPassword],
  ])(
    "K8, K9: %s has amqpqueue.cfg with the broker's Service and port",
    (secret, user, password) => {
      expect(parse(login(secret)["amqpqueue.cfg"] ?? "")).toMatchObject({
        "plugin.ssl_client_public": "/etc/kermit/ssl/q-public.pem",
        "plugin.ssl_client_private": "/etc/kermit/ssl/q-private.pem",
        "plugin.stomp.host": "rabbitmq.mq-dev.svc",
        "plugin.stomp.port": "61613",
        "plugin.stomp.user": user,
        "plugin.stomp.password": password,
      });
      expect(login(secret).password).toBe(password);
    },
  );

  test("K10, X5: a password or private key is in Secrets alone, each a Pulumi secret", () => {
    const texts = [receiverPassword, senderPassword, generatedPair.privateKey];
    for (const all of [resources, secured.resources]) {
      for (const { type, inputs } of all) {
        const clear = clearText(inputs).join("\n");
        for (const text of texts) expect(clear).not.toContain(text);
        if (type === secretType || !type.startsWith("kubernetes:")) continue;
        const revealed = clearText(reveal(inputs)).join("\n");
        for (const text of texts) expect(revealed).not.toContain(text);
      }
    }
  });
});

describe("a sender", () => {
  test("K1, K21: waits on every node of the selector, and names itself as its node", () => {
    const { spec } = object(resources, daemonSetType, "kermit-sender-kermit");
    const { nodeSelector, containers } = spec.template.spec as PodSpec & { nodeSelector: unknown };
    expect(nodeSelector).toStrictEqual({ site: "west" });
    expect(containers).toMatchObject([
      {
        command: ["node", "/usr/local/lib/mq/sender.js", "--wait"],
        env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
      },
    ]);
    const { stringData } = object(resources, secretType, "kermit-sender-kermit");
    expect(JSON.parse(stringData?.["sender.json"] ?? "")).toStrictEqual({
      broker: {
        protocol: "stomp",
        host: "rabbitmq.mq-dev.svc",
        port: 61613,
        vhost: "/",
        user: "kermit-sender",
        passwordFile: "/etc/kermit/password",
      },
      sender: { env: "NODE_NAME" },
      privateKeyFile: "/etc/kermit/ssl/q-private.pem",
      // No larger than what its collectors take.
      maxBytes: 1024,
      inventory: {
        queue: "kermit.inventory",
        destination: "/exchange/kermit.inventory/kermit.inventory",
      },
      log: { queue: "kermit.log", destination: "/exchange/kermit.log/kermit.log" },
    });
  });

  test("as: secret: one Secret that is mounted as a whole, and no pod", async () => {
    const source = { kind: "pem", certificate: pem("server"), ca: pem("ca") } as const;
    const own = await fleet(
      {
        senders: [{ ...daemonSet, as: "secret" }],
        broker: { ...topology.broker, tls: { ...tls, clientCertificates: false, source } },
      },
      { tlsKey: "key" },
    );
    expect(objects(own.resources).filter((name) => name.includes("sender"))).toStrictEqual([
      "NetworkPolicy sender-kermit",
      "Secret sender-kermit",
    ]);
    const { stringData } = object(own.resources, secretType, "kermit-sender-kermit");
    expect(Object.keys(stringData ?? {}).sort()).toStrictEqual([
      "amqpqueue.cfg",
      "ca.crt",
      "kermit.cfg",
      "password",
      "q-private.pem",
      "sender.json",
    ]);
    expect(stringData).toMatchObject({
      "q-private.pem": generatedPair.privateKey,
      "ca.crt": pem("ca"),
    });
    expect(JSON.parse(stringData?.["sender.json"] ?? "")).toMatchObject({
      broker: { tls: { caFile: "/etc/kermit/ca.crt" } },
      privateKeyFile: "/etc/kermit/q-private.pem",
    });
    expect(own.result.senders).toStrictEqual({
      kermit: [
        { on: "kubernetes", context: "kind-mq", namespace: "mq-dev", secret: "sender-kermit" },
      ],
    });
  });
});

describe("K16: a pod is made anew", () => {
  const checksums = (all: Resources) =>
    [
      annotations(all, deploymentType, "kermit-receiver-inventory"),
      annotations(all, deploymentType, "kermit-receiver-log"),
      annotations(all, daemonSetType, "kermit-sender-kermit"),
    ].map((of) => of?.["checksum/config"]);
  let before: (string | undefined)[];
  beforeAll(() => {
    before = checksums(resources);
  });

  test("for what it reads, by a hash that does not hide the pod from a preview", () => {
    for (const checksum of before) expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    const clear = resources.flatMap(({ inputs }) => clearText(inputs));
    expect(before.filter((checksum) => !clear.includes(checksum ?? ""))).toStrictEqual([]);
  });

  test("when its password changes, and no other's", async () => {
    const after = checksums((await fleet({}, { password: "Another-Password-1" })).resources);
    expect(after.map((checksum, index) => checksum === before[index])).toStrictEqual([
      false,
      false,
      true,
    ]);
  });

  test("when its own configuration changes, and no other's", async () => {
    const [inventory, log] = topology.collectors;
    const after = checksums(
      (await fleet({ collectors: inventory && log ? [inventory, { ...log, dedup: "none" }] : [] }))
        .resources,
    );
    expect(after.map((checksum, index) => checksum === before[index])).toStrictEqual([
      true,
      false,
      true,
    ]);
  });
});

describe("TLS", () => {
  const projected = (secret: string, ...files: string[]) => ({
    secret: { name: secret, items: files.map((file) => ({ key: file, path: file })) },
  });

  test.each([
    [deploymentType, "kermit-receiver-log", "kermit-receiver"],
    [daemonSetType, "kermit-sender-kermit", "kermit-sender"],
  ])("%s %s mounts the CA and its user's certificate", (type, name, user) => {
    const { volumes, containers } = object(secured.resources, type, name).spec.template.spec;
    expect(volumes.find((volume) => volume.name === "tls")).toStrictEqual({
      name: "tls",
      projected: {
        defaultMode: 0o400,
        sources: [
          // The broker's own key is beside it, and is not taken.
          projected("rabbitmq-tls", "ca.crt"),
          projected(`rabbitmq-client-${user}`, "tls.crt", "tls.key"),
        ],
      },
    });
    expect(containers[0]?.volumeMounts).toContainEqual({
      name: "tls",
      mountPath: "/etc/mq/tls",
      readOnly: true,
    });
  });

  test("the configuration names those files, and Kermit's the TLS port", () => {
    const { data } = object(secured.resources, configMapType, "kermit-receiver-log");
    expect(JSON.parse(data?.["collector.json"] ?? "")).toMatchObject({
      broker: {
        port: 61614,
        tls: {
          caFile: "/etc/mq/tls/ca.crt",
          certFile: "/etc/mq/tls/tls.crt",
          keyFile: "/etc/mq/tls/tls.key",
        },
      },
    });
    const { stringData } = object(secured.resources, secretType, "kermit-receiver-login");
    expect(stringData?.["amqpqueue.cfg"]).toContain("plugin.stomp.port = 61614\n");
  });

  test("pods come after the certificates", () => {
    const { dependsOn } = find(secured.resources, daemonSetType, "kermit-sender-kermit");
    expect(dependsOn).toEqual(expect.arrayContaining(["tls-server", "tls-client-kermit-sender"]));
  });
});

describe("the network", () => {
  const policy = (all: Resources, name: string) =>
    object(all, "kubernetes:networking.k8s.io/v1:NetworkPolicy", name).spec as unknown;
  const expected = (name: string, component: string, ingress: unknown[]) => ({
    podSelector: {
      matchLabels: {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": "dev",
        "app.kubernetes.io/component": component,
      },
    },
    policyTypes: ["Ingress", "Egress"],
    ingress,
    egress: [
      {
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
      {
        to: [
          {
            podSelector: {
              matchLabels: {
                "app.kubernetes.io/instance": "dev",
                "app.kubernetes.io/component": "broker",
              },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 61613 }],
      },
    ],
  });

  test("names and the broker's STOMP port, nothing else, and nobody comes in", () => {
    expect(policy(resources, "kermit-receiver-log")).toStrictEqual(
      expected("mq-collector", "collector-log", []),
    );
    expect(policy(resources, "kermit-sender-kermit")).toStrictEqual(
      expected("mq-sender", "sender-kermit", []),
    );
  });

  test("Prometheus comes in where it is named, and is told where", async () => {
    const monitoring = { namespace: "monitoring", serviceMonitor: true };
    const { resources: all } = await fleet({ broker: { ...topology.broker, monitoring } });
    const from = [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
      },
    ];
    expect(policy(all, "kermit-receiver-log")).toStrictEqual(
      expected("mq-collector", "collector-log", [
        { from, ports: [{ protocol: "TCP", port: 9464 }] },
      ]),
    );
    expect(objects(all).filter((name) => !objects(resources).includes(name))).toStrictEqual([
      "Service collector-inventory",
      "Service collector-log",
      "ServiceMonitor collectors",
    ]);
    const service = object(all, "kubernetes:core/v1:Service", "kermit-receiver-log");
    expect(service.spec).toStrictEqual({
      clusterIP: "None",
      selector: {
        "app.kubernetes.io/name": "mq-collector",
        "app.kubernetes.io/instance": "dev",
        "app.kubernetes.io/component": "collector-log",
      },
      ports: [{ name: "metrics", port: 9464, targetPort: "metrics" }],
    });
  });
});
