import { describe, expect, test } from "vitest";
import { parseStack } from "../../../components/config/parse";
import {
  changed,
  encryptedEnvironment,
  hostsTopology,
  kubernetesTopology,
  localStack,
  refusal,
  sampleStack,
  type StackFileValues,
} from "../../support/stack-values";

const kinds = ["activemq", "artemis"] as const;
const titles = { activemq: "ActiveMQ", artemis: "Artemis" } as const;

const on = (values: StackFileValues, kind: string): StackFileValues =>
  changed(values, ["broker", "kind"], kind);
const local = (kind: string, path: readonly string[], value: unknown): StackFileValues =>
  changed(on(localStack(), kind), path, value);
const dev = (kind: string, path: readonly string[], value: unknown): StackFileValues =>
  changed(on(sampleStack("dev"), kind), path, value);

describe.each(kinds)("%s: the kind alone is changed", (kind) => {
  test("on hosts: the same users and queues; a port for each protocol, and the archive", () => {
    const { broker, users, queues } = hostsTopology(on(localStack(), kind));
    const rabbit = hostsTopology(localStack());
    expect([users, queues]).toStrictEqual([rabbit.users, rabbit.queues]);
    const version = { activemq: "5.18.3", artemis: "2.44.0" }[kind];
    const file = { activemq: "apache-activemq", artemis: "apache-artemis" }[kind];
    expect(broker).toStrictEqual({
      kind,
      host: "here",
      ports: { amqp: 35672, stomp: 36163 },
      archive: {
        version,
        file: `/home/operator/.cache/mq/brokers/${file}-${version}-bin.tar.gz`,
      },
      heap: "512Mi",
      ...(kind === "activemq" && { extraAuthorizationEntries: [] }),
    });
  });

  test("on Kubernetes: the same users; queues without a type; the official image", () => {
    const topology = kubernetesTopology(on(sampleStack("dev"), kind));
    const rabbit = kubernetesTopology(sampleStack("dev"));
    expect(topology.users).toStrictEqual(rabbit.users);
    expect(rabbit.queues.map(({ type }) => type)).toStrictEqual(["quorum", "quorum"]);
    expect(topology.queues.map(({ type }) => type)).toStrictEqual(["classic", "classic"]);
    expect([topology.broker.image, topology.broker.version]).toStrictEqual(
      {
        activemq: ["apache/activemq-classic:6.1.7", [6, 1]],
        artemis: ["apache/activemq-artemis:2.44.0", [2, 44]],
      }[kind],
    );
    expect(topology.broker).not.toHaveProperty("plugins");
  });

  test.each([
    ["an own archive", ["broker", "archive"], { version: "5.19.0", file: "/srv/a.tar.gz" }],
    ["OpenWire", ["broker", "ports", "openwire"], 35676],
    ["the heap", ["broker", "heap"], "1Gi"],
    ["Java", ["hosts", "here", "java"], "/opt/jdk/bin/java"],
  ])("%s can be given", (_what, path, value) => {
    const { broker, hosts } = hostsTopology(local(kind, path, value));
    expect(changed({ broker, hosts }, path, value)).toStrictEqual({ broker, hosts });
  });
});

describe.each(kinds)("%s: what it does not have is refused, and the mend is said", (kind) => {
  const title = titles[kind];
  test.each<[string, string[], unknown, string]>([
    [
      "virtual hosts",
      ["queues", "inventory"],
      { vhost: "/site" },
      `mq:queues.inventory.vhost: ${title} has no virtual hosts; remove it, and tell queues apart by their names (site.inventory)`,
    ],
    [
      "quorum queues",
      ["queues", "kermit.log", "type"],
      "quorum",
      `mq:queues.kermit.log.type: ${title} has no quorum queues; remove it: its queues are durable`,
    ],
    [
      "plugins",
      ["broker", "plugins"],
      ["rabbitmq_shovel"],
      `mq:broker.plugins: ${title} has no plugins of that kind; remove them`,
    ],
    [
      "rabbitmq.conf",
      ["broker", "conf"],
      { heartbeat: "30" },
      `mq:broker.conf: ${title} has no rabbitmq.conf; remove it`,
    ],
    [
      "access through the management API",
      ["access"],
      { via: "management", endpoint: "https://broker.example.com" },
      `mq:access.via: ${title} reads its users and queues from its own files; remove mq:access`,
    ],
    [
      "an administrator's name",
      ["users", "admins"],
      { send: ["kermit.log"] },
      "mq:users.admins: is the broker's administrator here; choose another name",
    ],
    [
      "a queue of the broker's own",
      ["queues", kind === "artemis" ? "DLQ" : "ActiveMQ.DLQ"],
      {},
      `mq:queues.${kind === "artemis" ? "DLQ" : "ActiveMQ.DLQ"}: is a name that the broker has for itself; choose another`,
    ],
    [
      "too little memory",
      ["broker", "resources", "limits", "memory"],
      "256Mi",
      `mq:broker.resources.limits.memory: 256Mi is too little for ${title}; give it 512Mi or more`,
    ],
    [
      "too little storage",
      ["broker", "storage", "size"],
      "256Mi",
      "mq:broker.storage.size: 256Mi is too little for a journal and messages; give it 512Mi or more",
    ],
    [
      "an image without its version",
      ["broker", "image"],
      "example.com/broker:stable",
      `mq:broker.version: missing; the tag of example.com/broker:stable does not begin with ${title}'s version: set it ("${kind === "activemq" ? "6.1" : "2.44"}")`,
    ],
  ])("%s", (_what, path, value, message) => {
    expect(refusal(dev(kind, path, value))).toBe(message);
  });
});

describe("versions", () => {
  test.each([
    [
      "activemq",
      "apache/activemq-classic:5.16.7",
      "ActiveMQ 5.16 is too old; choose 5.18 or newer",
    ],
    [
      "activemq",
      "apache/activemq-classic:7.0.0",
      "ActiveMQ 7.0 is not known here; choose a version 5 or 6, or mend mq:broker.version",
    ],
    ["artemis", "apache/activemq-artemis:2.31.2", "Artemis 2.31 is too old; choose 2.40 or newer"],
    [
      "artemis",
      "apache/artemis:3.0.0",
      "Artemis 3.0 is not known here; choose a version 2, or mend mq:broker.version",
    ],
  ])("%s: %s", (kind, image, message) => {
    expect(refusal(dev(kind, ["broker", "image"], image))).toBe(`mq:broker.image: ${message}`);
  });

  test.each(["apache/activemq-artemis:2.44.0", "apache/artemis:2.50.0"])(
    "trap 11: both names of Artemis' image are taken: %s",
    (image) => {
      const { broker } = kubernetesTopology(dev("artemis", ["broker", "image"], image));
      expect(broker.image).toBe(image);
    },
  );
});

describe("replicas", () => {
  test("ActiveMQ Classic has one", () => {
    expect(refusal(dev("activemq", ["broker", "replicas"], 3))).toBe(
      "mq:broker.replicas: ActiveMQ Classic has no cluster that shares its messages; choose 1, or mq:broker.kind: artemis",
    );
  });

  test.each([1, 2, 3, 4])("Artemis has no quorum: %d is taken", (replicas) => {
    const { broker } = kubernetesTopology(dev("artemis", ["broker", "replicas"], replicas));
    expect(broker.replicas).toBe(replicas);
  });
});

test("Artemis: a name that it reads as two is refused", () => {
  expect(refusal(dev("artemis", ["queues", "a::b"], {}))).toBe(
    "mq:queues.a::b: Artemis reads :: as between an address and a queue; choose another name",
  );
  expect(kubernetesTopology(dev("activemq", ["queues", "a::b"], {})).queues).toHaveLength(3);
});

describe("RabbitMQ", () => {
  test.each<[string, string[], unknown, string]>([
    ["OpenWire", ["broker", "ports", "openwire"], 1, "RabbitMQ does not speak OpenWire; remove it"],
    [
      "an archive",
      ["broker", "archive"],
      { version: "4.0.5" },
      "RabbitMQ is the distribution's package; remove it",
    ],
    ["a heap", ["broker", "heap"], "1Gi", "RabbitMQ does not run on Java; remove it"],
    [
      "authorization entries",
      ["broker", "extraAuthorizationEntries"],
      [{ queue: "a.>" }],
      "RabbitMQ has no authorizationEntry; remove it, and grant it in mq:users",
    ],
  ])("%s: refused", (_what, path, value, message) => {
    expect(refusal(local("rabbitmq", path, value))).toBe(`mq:${path.join(".")}: ${message}`);
  });
});

describe("K32: an ActiveMQ that somebody else has set up", () => {
  const existing = { restart: "activemq" };
  const values = (passwords: object): StackFileValues =>
    changed(
      changed(on(localStack(), "activemq"), ["broker", "existing"], existing),
      ["passwords"],
      passwords,
    );
  const passwords = {
    "kermit-sender": "Owners-Password-1",
    "kermit-receiver": "Owners-Password-2",
  };

  test("its configuration, how it is restarted, and its ports", () => {
    const { topology } = parseStack(values(passwords), encryptedEnvironment);
    expect(topology.broker).toStrictEqual({
      kind: "existing-activemq",
      host: "here",
      ports: { amqp: 35672, stomp: 36163 },
      config: "/etc/activemq/activemq.xml",
      restart: "activemq",
    });
  });

  test("its users' passwords have to be given", () => {
    const given = { "kermit-sender": "Owners-Password-1" };
    expect(refusal(values(given), encryptedEnvironment)).toBe(
      "mq:passwords.kermit-receiver: missing; a user of an existing broker has its owner's password: `pulumi config set --secret --path 'mq:passwords.USER'`",
    );
  });

  test.each<[string[], unknown]>([
    [["broker", "archive"], { version: "5.18.3" }],
    [["broker", "heap"], "1Gi"],
    [["broker", "ports", "openwire"], 35676],
    [["broker", "extraAuthorizationEntries"], [{ queue: "a" }]],
  ])("%j is its owner's", (path, value) => {
    expect(refusal(changed(values(passwords), path, value), encryptedEnvironment)).toBe(
      `mq:${path.join(".")}: is for its owner to say where mq:broker.existing is set; remove it`,
    );
  });

  test.each([
    ["rabbitmq", "RabbitMQ"],
    ["artemis", "Artemis"],
  ])("not for %s", (kind, title) => {
    expect(refusal(on(values(passwords), kind), encryptedEnvironment)).toBe(
      `mq:broker.existing: ${title} cannot be somebody else's on a host; remove it`,
    );
  });
});

describe("the largest file of a collector fits into an ActiveMQ with that heap", () => {
  const message = (bytes: number, heap: number) =>
    `mq:collectors.log.maxBytes: ${String(bytes)} bytes are more than ActiveMQ takes with its heap of ${String(heap)} MiB, ${String((heap * 1024 ** 2) / 16)}; choose fewer, or give the broker more memory`;
  const path = ["collectors", "log", "maxBytes"];

  test("on hosts", () => {
    expect(refusal(local("activemq", path, 32 * 1024 ** 2 + 1))).toBe(message(33_554_433, 512));
    expect(hostsTopology(local("activemq", path, 32 * 1024 ** 2)).collectors[1]?.maxBytes).toBe(
      33_554_432,
    );
    expect(hostsTopology(local("artemis", path, 64 * 1024 ** 2)).collectors[1]?.maxBytes).toBe(
      67_108_864,
    );
  });

  test("on Kubernetes", () => {
    // Six tenths of a GiB.
    expect(refusal(dev("activemq", path, 64 * 1024 ** 2))).toBe(message(67_108_864, 614));
  });
});

describe("K14: extraAuthorizationEntries", () => {
  const path = ["broker", "extraAuthorizationEntries"];

  test("are taken as they are, for the administrators where nothing else is said", () => {
    const entries = [{ queue: "other.>", read: "a,b", write: "ü<&>" }, { topic: ">" }];
    expect(hostsTopology(local("activemq", path, entries)).broker).toMatchObject({
      extraAuthorizationEntries: [
        { queue: "other.>", read: "a,b", write: "ü<&>", admin: "admins" },
        { topic: ">", read: "admins", write: "admins", admin: "admins" },
      ],
    });
  });

  test.each<[string, object, string]>([
    ["neither", {}, "an entry is for a queue or for a topic; give one of both"],
    [
      "both",
      { queue: "a", topic: "b" },
      "an entry is for a queue or for a topic; give one of both",
    ],
  ])("%s: refused", (_what, entry, message) => {
    expect(refusal(local("activemq", path, [entry]))).toBe(`mq:${path.join(".")}.0: ${message}`);
  });

  test("not for Artemis", () => {
    expect(refusal(local("artemis", path, [{ queue: "a" }]))).toBe(
      "mq:broker.extraAuthorizationEntries: Artemis has no authorizationEntry; remove it, and grant it in mq:users",
    );
  });
});
