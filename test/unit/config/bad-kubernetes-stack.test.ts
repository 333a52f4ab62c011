import { describe, expect, test } from "vitest";
import {
  changed,
  environment,
  kubernetesTopology,
  refusal,
  sampleStack,
  type StackFileValues,
} from "../../support/stack-values";

const where = { ...environment, stack: "dev" };

const dev = (path: readonly string[], value: unknown): StackFileValues =>
  changed(sampleStack("dev"), path, value);

type Case = [what: string, path: string[], value: unknown, message: string];

function refuses(cases: readonly Case[]): void {
  test.each(cases)("%s", (_what, path, value, message) => {
    expect(refusal(dev(path, value), where)).toBe(message);
  });
}

describe("replicas", () => {
  const whole = "mq:broker.replicas: replicas are a whole number; write 1, 3 or 5, without quotes";
  const least =
    "mq:broker.replicas: a broker has at least 1 replica; to stop it, destroy the stack";
  const odd =
    "mq:broker.replicas: an even number has no better quorum than one less; choose 1, 3 or 5";
  refuses([
    ["0", ["broker", "replicas"], 0, least],
    ["2", ["broker", "replicas"], 2, odd],
    ["-1", ["broker", "replicas"], -1, least],
    ["1.5", ["broker", "replicas"], 1.5, whole],
    ["text", ["broker", "replicas"], "3", whole],
    [
      "11",
      ["broker", "replicas"],
      11,
      "mq:broker.replicas: more than 9 replicas make a quorum slow, not safer; choose 3 or 5",
    ],
  ]);

  test.each([1, 3, 5, 7, 9])("%d is taken", (replicas) => {
    expect(kubernetesTopology(dev(["broker", "replicas"], replicas)).broker.replicas).toBe(
      replicas,
    );
  });
});

describe("quantities", () => {
  const limit = ["broker", "resources", "limits", "memory"];
  const key = "mq:broker.resources.limits.memory";
  refuses([
    [
      "memory 1g",
      limit,
      "1g",
      `${key}: is no quantity: suffixes are exactly Ki, Mi, Gi, Ti, or k, M, G, T; write 10Gi`,
    ],
    ["memory 0", limit, "0", `${key}: must be more than zero`],
    ["memory -1Gi", limit, "-1Gi", `${key}: must be more than zero`],
    ["memory as a number", limit, 1, `${key}: a quantity is text; write it in quotes`],
    [
      "a limit below the request",
      ["broker", "resources"],
      { limits: { memory: "1Gi" }, requests: { memory: "2Gi" } },
      `${key}: the limit 1Gi is below the request 2Gi; raise it, or lower the request`,
    ],
    [
      "a collector's limit below its request",
      ["collectors", "log", "resources"],
      { limits: { cpu: "100m" }, requests: { cpu: "1" } },
      "mq:collectors.log.resources.limits.cpu: the limit 100m is below the request 1; raise it, or lower the request",
    ],
    [
      "less than RabbitMQ needs",
      limit,
      "100Mi",
      `${key}: 100Mi is too little for RabbitMQ; give it 256Mi or more`,
    ],
    [
      "a volume smaller than what must stay free",
      ["broker", "storage", "size"],
      "512Mi",
      "mq:broker.storage.size: 512Mi is too little: RabbitMQ stops taking messages when less is free than its memory holds; give it 1Gi or more, or less memory",
    ],
  ]);
});

describe("images", () => {
  const key = "mq:broker.image";
  const untagged = `${key}: the image has no tag, and what runs would change by itself; add one, or a digest`;
  const path = ["broker", "image"];
  refuses([
    ["without a tag", path, "rabbitmq", untagged],
    ["a registry's port is no tag", path, "registry.example.com:5000/rabbitmq", untagged],
    [
      "latest",
      path,
      "rabbitmq:latest",
      `${key}: the tag latest moves, and what runs would change by itself; choose a version`,
    ],
    [
      "not an image",
      path,
      "rabbit mq:4.3.5",
      `${key}: an image is written like rabbitmq:4.3.5-management; mend it`,
    ],
    [
      "a tag without a version",
      path,
      "example.com/rabbitmq:stable",
      `mq:broker.version: missing; the tag of example.com/rabbitmq:stable does not begin with RabbitMQ's version: set it ("4.3")`,
    ],
    ["too old", path, "rabbitmq:3.13.7", `${key}: RabbitMQ 3.13 is too old; choose 4.0 or newer`],
  ]);

  test.each([
    ["rabbitmq:4.3.5-management", [4, 3]],
    ["registry.example.com:5000/x/rabbitmq:4.0.9", [4, 0]],
    [`rabbitmq:4.2.9@sha256:${"0".repeat(64)}`, [4, 2]],
  ])("%s: the version is the tag's", (image, version) => {
    expect(kubernetesTopology(dev(path, image)).broker.version).toStrictEqual(version);
  });

  test("a version of one's own", () => {
    const values = dev(path, `rabbitmq@sha256:${"0".repeat(64)}`);
    changed(values, ["broker", "version"], "4.3");
    expect(kubernetesTopology(values).broker.version).toStrictEqual([4, 3]);
  });
});

describe("certificates", () => {
  const tls = ["broker", "tls"];
  refuses([
    [
      "a lifetime of 0",
      tls,
      { lifetimeDays: 0 },
      "mq:broker.tls.lifetimeDays: a lifetime is at least 1 day; choose a longer one",
    ],
    [
      "longer than clients take",
      tls,
      { lifetimeDays: 399 },
      "mq:broker.tls.lifetimeDays: a certificate lives 398 days at most; choose fewer",
    ],
    [
      "an early renewal longer than the lifetime",
      tls,
      { lifetimeDays: 30, renewBeforeDays: 30 },
      "mq:broker.tls.renewBeforeDays: a certificate is renewed before its end: fewer days than lifetimeDays; choose fewer",
    ],
    [
      "two sources",
      tls,
      { secret: { server: "theirs" }, issuer: { name: "ca" } },
      "mq:broker.tls: the certificates come from one of existing, secret and issuer; remove the others",
    ],
    [
      "client certificates without a Secret of them",
      tls,
      { clientCertificates: true, secret: { server: "theirs" } },
      "mq:broker.tls.secret.client: missing; clientCertificates needs it: name the Secret with the clients' certificate",
    ],
  ]);
});

describe("the cluster", () => {
  refuses([
    ["no context", ["kubernetes"], {}, "mq:kubernetes.context: missing; set it (text)"],
    [
      "a namespace that is everybody's",
      ["kubernetes", "namespace"],
      "default",
      'mq:kubernetes.namespace: "default" is not a namespace of the stack\'s own; choose another',
    ],
    [
      "not a name of Kubernetes'",
      ["kubernetes", "namespace"],
      "Mq_Dev",
      "mq:kubernetes.namespace: a Kubernetes name has 1 to 63 lower-case letters, digits and -, and begins and ends with a letter or digit; rename it",
    ],
    [
      "X4: an unknown key, near another",
      ["kubernetes", "contxt"],
      "x",
      'mq:kubernetes.contxt: unknown key; did you mean "context"?',
    ],
    [
      "X4: a key of platform hosts",
      ["hosts"],
      {},
      "mq:hosts: unknown key; the keys here are: platform, kubernetes, broker, access, acl, queues, users, passwords, signing, workloads, collectors, senders",
    ],
  ]);

  test("X11: the namespace is the stack's own unless it is named", () => {
    const values = dev(["kubernetes", "namespace"], undefined);
    const { cluster } = kubernetesTopology(values, { ...environment, stack: "site" });
    expect(cluster.namespace).toBe("mq-site");
  });
});

describe("access", () => {
  refuses([
    [
      "by the management API without its URL",
      ["access"],
      { via: "management" },
      "mq:access.endpoint: missing; via: management needs the URL under which `up` reaches the management API: set it",
    ],
    [
      "a URL that nothing asks for",
      ["access"],
      { endpoint: "https://mq.example.com" },
      "mq:access.endpoint: is for via: management only; remove it, or set mq:access.via: management",
    ],
    [
      "a URL with a password",
      ["access"],
      { via: "management", endpoint: "https://admin:secret@mq.example.com" },
      "mq:access.endpoint: a URL here is http:// or https:// with host and port, without user and password; mend it",
    ],
  ]);

  test("K25: Kermit's software cannot declare a queue of another type than the vhost's default", () => {
    const values = dev(["queues", "kermit.log"], { type: "classic" });
    changed(values, ["users", "kermit-sender", "client"], "kermit");
    expect(refusal(values)).toBe(
      'mq:users.kermit-sender.send.0: "kermit.inventory" is a quorum queue in a vhost whose default is classic, which Kermit\'s software could not declare; give all queues of vhost / one type, or it a vhost of its own',
    );
  });
});

test("a sender whose Secret would be that of another's keys", () => {
  const values = dev(["senders", "kermit-keys"], { user: "kermit-sender" });
  expect(refusal(values)).toBe(
    "mq:senders.kermit-keys: the Secret of this name is that of the keys of mq:senders.kermit; rename it",
  );
});
