import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  definitionKinds,
  rabbitMqDefinitions,
  secretLimit,
  shards,
  type RabbitMqDefinitionsFile,
} from "../../../components/access/rabbitmq-definitions";
import { passwordHash } from "../../../components/brokers/rabbitmq/definitions";
import type { Queue, Topology, User } from "../../../components/config/topology";

type Access = Pick<Topology, "vhosts" | "queues" | "users" | "acl">;

const user = (name: string, grants: Partial<User>): User => ({
  name,
  send: [],
  receive: [],
  manage: [],
  client: "mq",
  ...grants,
});
const queue = (name: string, vhost: string, type: Queue["type"]): Queue => ({ name, vhost, type });

const access: Access = {
  vhosts: ["/", "site"],
  queues: [
    queue("kermit.log", "/", "classic"),
    queue("b", "site", "quorum"),
    queue("a", "/", "quorum"),
  ],
  users: [user("sender", { send: ["kermit.log", "b"] }), user("nobody", {})],
  acl: "least-privilege",
};
const rendered = rabbitMqDefinitions(access, (name) => `hash of ${name}`);

describe("the definitions", () => {
  test("trap 12: a vhost's default queue type is quorum where all of its queues are", () => {
    expect(rendered.vhosts).toStrictEqual([
      {
        name: "/",
        default_queue_type: "classic",
        metadata: { default_queue_type: "classic" },
      },
      {
        name: "site",
        default_queue_type: "quorum",
        metadata: { default_queue_type: "quorum" },
      },
    ]);
  });

  test("O14: users have a hash and no tag", () => {
    expect(rendered.users).toStrictEqual(
      ["nobody", "sender"].map((name) => ({
        name,
        password_hash: `hash of ${name}`,
        hashing_algorithm: "rabbit_password_hashing_sha256",
        tags: [],
      })),
    );
  });

  test("K12: permissions are in the vhosts of the granted queues alone", () => {
    expect(rendered.permissions).toStrictEqual([
      { user: "sender", vhost: "/", configure: "^$", write: "^kermit\\.log$", read: "^$" },
      { user: "sender", vhost: "site", configure: "^$", write: "^b$", read: "^$" },
    ]);
  });

  test("K11: compat is everything, in every vhost", () => {
    const everything = { configure: ".*", write: ".*", read: ".*" };
    const { permissions } = rabbitMqDefinitions({ ...access, acl: "compat" }, () => "");
    expect(permissions).toStrictEqual(
      ["nobody", "sender"].flatMap((name) =>
        ["/", "site"].map((vhost) => ({ user: name, vhost, ...everything })),
      ),
    );
  });

  test("K25: queues are durable, with an exchange of their name that routes to them", () => {
    const durable = { durable: true, auto_delete: false };
    expect(rendered.queues).toStrictEqual([
      { name: "a", vhost: "/", ...durable, arguments: { "x-queue-type": "quorum" } },
      { name: "b", vhost: "site", ...durable, arguments: { "x-queue-type": "quorum" } },
      { name: "kermit.log", vhost: "/", ...durable, arguments: {} },
    ]);
    expect(rendered.exchanges[2]).toStrictEqual({
      name: "kermit.log",
      vhost: "/",
      ...durable,
      type: "direct",
      internal: false,
      arguments: {},
    });
    expect(rendered.bindings[2]).toStrictEqual({
      source: "kermit.log",
      vhost: "/",
      destination: "kermit.log",
      destination_type: "queue",
      routing_key: "kermit.log",
      arguments: {},
    });
  });

  test("F31: do not depend on the topology's order", () => {
    const mirrored = {
      ...access,
      vhosts: [...access.vhosts].reverse(),
      queues: [...access.queues].reverse(),
      users: [...access.users].reverse(),
    };
    expect(rabbitMqDefinitions(mirrored, (name) => `hash of ${name}`)).toStrictEqual(rendered);
  });
});

/** A user, its permission and its queue, many times. */
const triples = (count: number): Access => {
  const names = Array.from(
    { length: count },
    (_, index) => `node-${String(index).padStart(5, "0")}`,
  );
  return {
    vhosts: ["/"],
    queues: names.map((name) => queue(`queue.${name}`, "/", "quorum")),
    users: names.map((name) => user(name, { send: [`queue.${name}`] })),
    acl: "least-privilege",
  };
};
const hash = passwordHash("", "AAAAAA==");

describe("the shards", () => {
  test("a small stack has one, which says the same", () => {
    const texts = shards(rendered);
    expect(texts.map((text) => JSON.parse(text) as unknown)).toStrictEqual([rendered]);
  });

  test("nothing to define is still one shard", () => {
    const nothing = rabbitMqDefinitions(
      { vhosts: [], queues: [], users: [], acl: "least-privilege" },
      () => "",
    );
    expect(shards(nothing).map((text) => JSON.parse(text) as unknown)).toStrictEqual([nothing]);
  });

  test("a Secret holds each of those of 5,000 users with queues of their own", () => {
    const texts = shards(rabbitMqDefinitions(triples(5_000), () => hash));
    expect(texts).toHaveLength(4);
    for (const text of texts) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(secretLimit.bytes);
      const parts = Object.values(JSON.parse(text) as Record<string, unknown[]>);
      expect(parts.flat().length).toBeLessThanOrEqual(secretLimit.objects);
    }
  });

  test("for any limit: hold everything once, in an order that the broker can take", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 3_000 }),
        (objects, bytes) => {
          const read = shards(rendered, { objects, bytes }).map(
            (text) => JSON.parse(text) as RabbitMqDefinitionsFile,
          );
          for (const kind of definitionKinds) {
            expect(read.flatMap((shard) => shard[kind] as readonly unknown[])).toStrictEqual(
              rendered[kind],
            );
          }
          const kinds = read.flatMap((shard) =>
            definitionKinds.filter((kind) => shard[kind].length > 0),
          );
          const order = kinds.map((kind) => definitionKinds.indexOf(kind));
          expect(order).toStrictEqual([...order].sort((a, b) => a - b));
          for (const shard of read) {
            const count = Object.values(shard).flat().length;
            expect(count).toBeLessThanOrEqual(objects);
            // One object alone may be larger than the limit.
            const size = Buffer.byteLength(JSON.stringify(shard));
            expect(size <= bytes || count === 1).toBe(true);
          }
        },
      ),
    );
  });

  test("a user more changes no shard before its own", () => {
    const texts = (count: number) =>
      shards(
        rabbitMqDefinitions(triples(count), () => hash),
        { objects: 100, bytes: 1e6 },
      );
    const [few, more] = [texts(150), texts(151)];
    // The vhost and 99 users.
    expect(more[0]).toBe(few[0]);
  });
});
