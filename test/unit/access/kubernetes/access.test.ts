import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { ClientPasswords } from "../../../../components/access/client-passwords";
import { AccessJob } from "../../../../components/access/kubernetes/access-job";
import { RabbitMqDefinitions } from "../../../../components/access/kubernetes/rabbitmq-definitions";
import type { RabbitMqDefinitionsFile } from "../../../../components/access/rabbitmq-definitions";
import { passwordHash } from "../../../../components/brokers/rabbitmq/definitions";
import type { Queue, User } from "../../../../components/config/topology";
import { BrokerCertificates } from "../../../../components/keys/broker-certificates";
import { clearText, find, isSecret, record, reveal, value } from "../../../support/mocks";
import { tlsPlan } from "../../brokers/kubernetes/plans";
import { testBroker } from "../broker";

// Without an authority of our own: two resources less to look at.
const tls = tlsPlan({ source: { kind: "secret", server: "site-tls" } });

const user = (name: string): User => ({
  name,
  send: ["kermit.log"],
  receive: [],
  manage: [],
  client: "mq",
});

interface Options {
  users?: readonly User[];
  own?: string;
  secured?: boolean;
  replicas?: number;
}

/** Definitions and their Job in the namespace mq-test. */
const make = ({ users = [user("sender")], own = "Own-Password-1", ...options }: Options = {}) =>
  record(() => {
    const { secured = true, replicas = 3 } = options;
    const scope = {
      stack: "test",
      cluster: {
        context: "test",
        namespace: "mq-test",
        createNamespace: true,
        protect: false,
        allow: [],
      },
      namespace: pulumi.output("mq-test"),
    };
    const queues: Queue[] = [{ name: "kermit.log", vhost: "/", type: "quorum" }];
    const passwords = new ClientPasswords("passwords", {
      users: users.map(({ name }) => name),
      own: new Map([["sender", pulumi.output(own)]]),
    });
    const definitions = new RabbitMqDefinitions("definitions", {
      scope,
      topology: { vhosts: ["/"], queues, users, acl: "least-privilege" },
      passwords,
    });
    const certificates = secured
      ? new BrokerCertificates("tls", { scope, kind: "rabbitmq", tls, users: [], names: [] })
      : undefined;
    new AccessJob("access", {
      scope,
      broker: testBroker(secured ? "https" : "http"),
      workloads: {
        image: "registry.example.org/mq:1.0",
        pullPolicy: "IfNotPresent",
        pullSecrets: ["registry"],
      },
      definitions,
      replicas,
      ...(certificates && { certificates }),
    });
    return { definitions, passwords };
  });

type Made = Awaited<ReturnType<typeof make>>;
let resources: Made["resources"];
let result: Made["result"];
beforeAll(async () => {
  ({ resources, result } = await make());
});

const secretType = "kubernetes:core/v1:Secret";
const jobType = "kubernetes:batch/v1:Job";
const contentOf = (of: Made["resources"], index = 0): string => {
  const { stringData } = find(of, secretType, `definitions-${String(index)}`).inputs;
  const texts = reveal(stringData) as Record<string, string>;
  return texts[`20-access-${String(index).padStart(3, "0")}.json`] ?? "";
};
interface Job {
  metadata: { name: string; namespace: string; annotations: Record<string, string> };
  spec: {
    template: {
      metadata: { annotations: Record<string, string> };
      spec: Record<string, unknown> & {
        containers: Record<string, unknown>[];
        volumes: { name: string }[];
      };
    };
  };
}
const jobOf = (of: Made["resources"]) => find(of, jobType, "access").inputs as unknown as Job;

describe("the definitions in the cluster", () => {
  test("are one Secret, where one holds them", () => {
    expect(result.definitions.secrets).toStrictEqual(["rabbitmq-definitions-0"]);
    const { metadata } = find(resources, secretType, "definitions-0").inputs;
    expect(metadata).toStrictEqual({
      name: "rabbitmq-definitions-0",
      namespace: "mq-test",
      labels: {
        "app.kubernetes.io/name": "rabbitmq",
        "app.kubernetes.io/instance": "test",
        "app.kubernetes.io/component": "broker",
        "app.kubernetes.io/part-of": "mq",
        "app.kubernetes.io/managed-by": "pulumi",
      },
    });
  });

  test("K9: hold the salted hash of each user's password", async () => {
    const { sender } = await value(result.passwords.all);
    const [defined] = (JSON.parse(contentOf(resources)) as RabbitMqDefinitionsFile).users;
    expect(sender?.password).toBe("Own-Password-1");
    expect(defined?.password_hash).toBe(passwordHash("Own-Password-1", sender?.salt ?? ""));
  });

  test("X5: are a secret: neither password nor hash is anywhere in clear", async () => {
    const { stringData } = find(resources, secretType, "definitions-0").inputs;
    expect(isSecret(stringData)).toBe(true);
    const { sender } = await value(result.passwords.all);
    const secrets = ["Own-Password-1", passwordHash("Own-Password-1", sender?.salt ?? "")];
    const inClear = resources.flatMap(({ inputs }) =>
      clearText(inputs).filter((text) => secrets.some((secret) => text.includes(secret))),
    );
    expect(inClear).toStrictEqual([]);
  });

  test("of a thousand users are two resources more, with their passwords", async () => {
    const users = Array.from({ length: 1_000 }, (_, index) => user(`node-${String(index)}`));
    const many = await make({ users });
    expect(many.resources.length - resources.length).toBe(0);
    expect((JSON.parse(contentOf(many.resources)) as RabbitMqDefinitionsFile).users).toHaveLength(
      1_000,
    );
  });

  test("of many users are as many Secrets as hold them", async () => {
    const users = Array.from({ length: 5_000 }, (_, index) => user(`node-${String(index)}`));
    const { resources: all, result: made } = await make({ users });
    expect(made.definitions.secrets).toStrictEqual([
      "rabbitmq-definitions-0",
      "rabbitmq-definitions-1",
    ]);
    const read = [0, 1].flatMap(
      (index) => (JSON.parse(contentOf(all, index)) as RabbitMqDefinitionsFile).users,
    );
    expect(read).toHaveLength(5_000);
  });
});

describe("the Job", () => {
  test("is named for the definitions, and no secret", async () => {
    const hash = createHash("sha256").update(contentOf(resources)).digest("hex");
    expect(await value(result.definitions.hash)).toBe(hash);
    expect(jobOf(resources).metadata.name).toBe(`rabbitmq-access-${hash.slice(0, 8)}`);
  });

  test("K16: another password is another Job; another number of nodes runs it again", async () => {
    const [other, more] = [await make({ own: "Own-Password-2" }), await make({ replicas: 5 })];
    const name = (of: Made["resources"]) => jobOf(of).metadata.name;
    const checksum = (of: Made["resources"]) => jobOf(of).spec.template.metadata.annotations;
    expect(name(other.resources)).not.toBe(name(resources));
    expect(checksum(other.resources)).toStrictEqual(checksum(resources));
    expect(name(more.resources)).toBe(name(resources));
    expect(checksum(more.resources)).not.toStrictEqual(checksum(resources));
  });

  test("O13: runs when the broker is ready, after what it reads, and again with the broker's data", () => {
    const { dependsOn, replaceWith, deleteBeforeReplace } = find(resources, jobType, "access");
    expect(dependsOn).toStrictEqual([
      // Its account, its configuration, its network policy.
      "access",
      "access",
      "access",
      "broker-data",
      "broker-ready",
      "definitions-0",
      "passwords-seed",
    ]);
    expect([replaceWith, deleteBeforeReplace]).toStrictEqual([["broker-data"], true]);
  });

  test("that failed is made again by the next `up`", () => {
    expect(jobOf(resources).metadata.annotations).toStrictEqual({
      "pulumi.com/replaceUnready": "true",
    });
  });

  test("reads where the broker is and what to apply", () => {
    const { data } = find(resources, "kubernetes:core/v1:ConfigMap", "access").inputs;
    const text = (data as Record<string, string>)["access.json"] ?? "";
    expect(JSON.parse(text)).toStrictEqual({
      url: "https://rabbitmq.mq-test.svc:15671",
      caFile: "/etc/mq/tls/ca.crt",
      user: "mq-admin",
      passwordFile: "/etc/mq/admin/password",
      definitionsDir: "/etc/mq/definitions",
      nodes: 3,
      timeoutSeconds: 600,
    });
  });

  test("its pod is of the restricted profile and reads its files alone", () => {
    const { containers, volumes, ...pod } = jobOf(resources).spec.template.spec;
    const mount = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true });
    expect(pod).toStrictEqual({
      serviceAccountName: "rabbitmq-access",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: "Never",
      imagePullSecrets: [{ name: "registry" }],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        runAsGroup: 65534,
        fsGroup: 65534,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
    });
    expect(containers).toStrictEqual([
      {
        name: "access",
        image: "registry.example.org/mq:1.0",
        imagePullPolicy: "IfNotPresent",
        command: ["node", "/usr/local/lib/mq/access.js"],
        args: ["--config", "/etc/mq/access/access.json"],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: {
          requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "16Mi" },
          limits: { cpu: "500m", memory: "256Mi", "ephemeral-storage": "64Mi" },
        },
        terminationMessagePolicy: "FallbackToLogsOnError",
        volumeMounts: [
          mount("config", "/etc/mq/access"),
          mount("admin", "/etc/mq/admin"),
          mount("definitions", "/etc/mq/definitions"),
          mount("tls", "/etc/mq/tls"),
        ],
      },
    ]);
    expect(volumes).toStrictEqual([
      { name: "config", configMap: { name: "rabbitmq-access" } },
      { name: "admin", secret: { secretName: "rabbitmq-admin", defaultMode: 0o400 } },
      {
        name: "definitions",
        projected: {
          defaultMode: 0o400,
          sources: [{ secret: { name: "rabbitmq-definitions-0" } }],
        },
      },
      {
        name: "tls",
        secret: {
          secretName: "site-tls",
          defaultMode: 0o400,
          items: [{ key: "ca.crt", path: "ca.crt" }],
        },
      },
    ]);
  });

  test("without TLS it has no CA", async () => {
    const plain = await make({ secured: false });
    expect(jobOf(plain.resources).spec.template.spec.volumes.map(({ name }) => name)).toStrictEqual(
      ["config", "admin", "definitions"],
    );
    const { data } = find(plain.resources, "kubernetes:core/v1:ConfigMap", "access").inputs;
    const config = JSON.parse((data as Record<string, string>)["access.json"] ?? "") as object;
    expect(config).toMatchObject({ url: "http://rabbitmq.mq-test.svc:15672" });
    expect(config).not.toHaveProperty("caFile");
  });

  test("reaches names and the broker's management port, and nobody reaches it", () => {
    const { spec } = find(
      resources,
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "access",
    ).inputs;
    const part = (component: string) => ({
      "app.kubernetes.io/instance": "test",
      "app.kubernetes.io/component": component,
    });
    expect(spec).toStrictEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "mq-access", ...part("access") } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [
        {
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
        {
          to: [{ podSelector: { matchLabels: part("broker") } }],
          ports: [{ protocol: "TCP", port: 15671 }],
        },
      ],
    });
  });
});
