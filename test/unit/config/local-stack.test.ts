import { expect, test } from "vitest";
import { parseStack } from "../../../components/config/parse";
import type { HostsTopology } from "../../../components/config/topology";
import {
  changed,
  environment,
  hostsTopology,
  localStack,
  shuffled,
} from "../../support/stack-values";

const local: HostsTopology = {
  stack: "local",
  platform: "hosts",
  hosts: {
    here: {
      name: "here",
      connection: { kind: "local" },
      root: "/var/lib/mq/local",
      node: "/usr/bin/node",
      superuser: true,
    },
  },
  broker: {
    kind: "rabbitmq",
    host: "here",
    ports: { amqp: 35672, stomp: 36163, management: 35673, distribution: 35674, epmd: 35675 },
  },
  vhosts: ["/"],
  queues: [
    { name: "kermit.inventory", vhost: "/", type: "classic" },
    { name: "kermit.log", vhost: "/", type: "classic" },
  ],
  users: [
    {
      name: "kermit-receiver",
      send: [],
      receive: ["kermit.inventory", "kermit.log"],
      manage: [],
      client: "mq",
    },
    {
      name: "kermit-sender",
      send: ["kermit.inventory", "kermit.log"],
      receive: [],
      manage: [],
      client: "mq",
    },
  ],
  acl: "least-privilege",
  signing: { name: "q", bits: 3072 },
  collectors: [
    {
      name: "inventory",
      queue: "kermit.inventory",
      user: "kermit-receiver",
      protocol: "stomp",
      host: "here",
      dedup: "perSender",
      maxBytes: 16_777_216,
      port: 36171,
    },
    {
      name: "log",
      queue: "kermit.log",
      user: "kermit-receiver",
      protocol: "stomp",
      host: "here",
      dedup: "perSender",
      maxBytes: 16_777_216,
      port: 36172,
    },
  ],
  senders: [
    {
      name: "kermit",
      user: "kermit-sender",
      protocol: "stomp",
      hosts: ["here"],
      inventoryQueue: "kermit.inventory",
      logQueue: "kermit.log",
    },
  ],
};

test("the local stack file is this topology, without a secret", () => {
  expect(parseStack(localStack(), environment)).toStrictEqual({
    topology: local,
    secrets: { passwords: {} },
  });
});

test("the order of the keys in a stack file does not matter", () => {
  expect(parseStack(shuffled(localStack()), environment)).toStrictEqual(
    parseStack(localStack(), environment),
  );
});

test("without root things lie below the home folder", () => {
  const topology = hostsTopology(localStack(), { ...environment, superuser: false });
  expect(topology.hosts).toStrictEqual({
    here: { ...local.hosts.here, root: "/home/operator/.local/share/mq/local", superuser: false },
  });
});

test("two stacks on one machine have folders of their own", () => {
  const topology = hostsTopology(localStack(), { ...environment, stack: "other" });
  expect(topology.hosts.here?.root).toBe("/var/lib/mq/other");
});

test.each([
  ["/", "/"],
  ["/srv/mq", "/srv/mq"],
  ["/srv/mq/", "/srv/mq"],
])("a root of one's own: %s", (given, root) => {
  const values = changed(localStack(), ["hosts", "here", "root"], given);
  expect(hostsTopology(values).hosts.here?.root).toBe(root);
});

test("a Node.js of one's own", () => {
  const values = changed(localStack(), ["hosts", "here", "node"], "/opt/node/bin/node");
  expect(hostsTopology(values).hosts.here?.node).toBe("/opt/node/bin/node");
});

test("K9: the ports that are not given are the broker's defaults", () => {
  const values = changed(localStack(), ["broker", "ports"], undefined);
  expect(hostsTopology(values).broker.ports).toStrictEqual({
    amqp: 5672,
    stomp: 61613,
    management: 15672,
    distribution: 25672,
    epmd: 4369,
  });
});

test("K9: the documents' STOMP port, among defaults", () => {
  const values = changed(localStack(), ["broker", "ports"], { stomp: 6163 });
  expect(hostsTopology(values).broker.ports).toStrictEqual({
    amqp: 5672,
    stomp: 6163,
    management: 15672,
    distribution: 25672,
    epmd: 4369,
  });
});

test("collectors without a port are counted up from 9464, by name", () => {
  const values = changed(localStack(), ["collectors"], {
    zeta: { queue: "kermit.log", user: "kermit-receiver", host: "here" },
    alpha: { queue: "kermit.inventory", user: "kermit-receiver", host: "here" },
  });
  const { collectors } = hostsTopology(values);
  expect(collectors.map(({ name, port }) => [name, port])).toStrictEqual([
    ["alpha", 9464],
    ["zeta", 9465],
  ]);
});

test("the vhosts are those of the queues and /, sorted, each once", () => {
  const values = changed(localStack(), ["queues"], {
    "kermit.inventory": { vhost: "/" },
    "kermit.log": {},
    b: { vhost: "site" },
    c: { vhost: "site" },
    a: { vhost: "/archive" },
  });
  expect(hostsTopology(values).vhosts).toStrictEqual(["/", "/archive", "site"]);
});

test("a stack without signing, collectors and senders is a broker alone", () => {
  const { platform, hosts, broker } = localStack();
  const { topology } = parseStack({ platform, hosts, broker, queues: {}, users: {} }, environment);
  expect(topology).toStrictEqual({
    stack: "local",
    platform: "hosts",
    hosts: local.hosts,
    broker: local.broker,
    vhosts: ["/"],
    queues: [],
    users: [],
    acl: "least-privilege",
    collectors: [],
    senders: [],
  });
});

test("K1: every other node may send", () => {
  const values = localStack();
  changed(values, ["hosts", "there"], { connection: "local" });
  changed(values, ["hosts", "elsewhere"], { connection: "local" });
  changed(values, ["senders", "kermit", "hosts"], ["there", "elsewhere"]);
  expect(hostsTopology(values).senders[0]?.hosts).toStrictEqual(["there", "elsewhere"]);
});
