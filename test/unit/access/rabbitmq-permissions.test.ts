import { describe, expect, test } from "vitest";
import { grantsByVhost } from "../../../components/access/grants";
import {
  permissionsOf,
  rabbitMqPermission,
  type Permission,
} from "../../../components/access/rabbitmq-permissions";
import type { Queue, User } from "../../../components/config/topology";
import { accessCases, queues, users, type Operation } from "../../support/access-cases";

const kermitQueues = ["kermit.inventory", "kermit.log"];
const none = { vhost: "/", send: [], receive: [], manage: [] };

describe("the patterns of a permission", () => {
  test("K12: Kermit's sender", () => {
    expect(rabbitMqPermission({ ...none, send: kermitQueues }, "kermit")).toStrictEqual({
      configure: "^kermit\\.(inventory|log)$",
      write: "^amq\\.default$",
      read: "^$",
    });
  });

  test("K12: Kermit's receiver", () => {
    expect(rabbitMqPermission({ ...none, receive: kermitQueues }, "kermit")).toStrictEqual({
      configure: "^kermit\\.(inventory|log)$",
      write: "^$",
      read: "^kermit\\.(inventory|log)$",
    });
  });

  test("K12: our sender configures nothing and does not reach the default exchange", () => {
    expect(rabbitMqPermission({ ...none, send: kermitQueues }, "mq")).toStrictEqual({
      configure: "^$",
      write: "^kermit\\.(inventory|log)$",
      read: "^$",
    });
  });

  test("K12: our receiver reads only", () => {
    expect(rabbitMqPermission({ ...none, receive: kermitQueues }, "mq")).toStrictEqual({
      configure: "^$",
      write: "^$",
      read: "^kermit\\.(inventory|log)$",
    });
  });

  test("a manager declares, binds and deletes its queue", () => {
    const pattern = "^kermit\\.log$";
    expect(rabbitMqPermission({ ...none, manage: ["kermit.log"] }, "mq")).toStrictEqual({
      configure: pattern,
      write: pattern,
      read: pattern,
    });
  });

  test.each(["mq", "kermit"] as const)("a user of %s without grants may do nothing", (client) => {
    expect(rabbitMqPermission(none, client)).toStrictEqual({
      configure: "^$",
      write: "^$",
      read: "^$",
    });
  });
});

const kermit = (more: Partial<User> = {}): User => ({
  name: "mcollective",
  send: ["kermit.log"],
  receive: [],
  manage: [],
  client: "mq",
  ...more,
});
const queue = (name: string, vhost: string): Queue => ({ name, vhost, type: "classic" });

describe("the permissions of a user", () => {
  test("K11: compat is everything, in every vhost", () => {
    const everything = { configure: ".*", write: ".*", read: ".*" };
    expect(
      permissionsOf(kermit(), { acl: "compat", vhosts: ["/", "site"], queues: [] }),
    ).toStrictEqual([
      { vhost: "/", permission: everything },
      { vhost: "site", permission: everything },
    ]);
  });

  test("least privilege enters the vhosts of the granted queues alone", () => {
    expect(
      permissionsOf(kermit(), {
        acl: "least-privilege",
        vhosts: ["/", "a", "site"],
        queues: [queue("x", "a"), queue("kermit.log", "site"), queue("y", "/")],
      }),
    ).toStrictEqual([
      { vhost: "site", permission: { configure: "^$", write: "^kermit\\.log$", read: "^$" } },
    ]);
  });

  test("F31: the order of queues and grants does not matter", () => {
    const user = kermit({ send: ["b", "a"], receive: ["c", "a"], manage: ["c", "b"] });
    const mirrored = kermit({ send: ["a", "b"], receive: ["a", "c"], manage: ["b", "c"] });
    const all = [queue("a", "/"), queue("b", "/"), queue("c", "site")];
    const expected = [
      { vhost: "/", send: ["a", "b"], receive: ["a"], manage: ["b"] },
      { vhost: "site", send: [], receive: ["c"], manage: ["c"] },
    ];
    expect(grantsByVhost(user, all)).toStrictEqual(expected);
    expect(grantsByVhost(mirrored, [...all].reverse())).toStrictEqual(expected);
  });
});

/** What RabbitMQ asks for, by the software that does it: kind of permission and name. */
function needs(
  client: User["client"],
  operation: Operation,
  name: string,
): [keyof Permission, string][] {
  switch (operation) {
    case "declare":
      return [["configure", name]];
    case "send":
      // Ours publishes to the exchange of the queue, Kermit's declares the queue and publishes to the default exchange.
      return client === "mq"
        ? [["write", name]]
        : [
            ["configure", name],
            ["write", "amq.default"],
          ];
    case "receive":
      return client === "mq"
        ? [["read", name]]
        : [
            ["configure", name],
            ["read", name],
          ];
  }
}

describe("K12: who may do what", () => {
  test.each(accessCases)(
    "$user $operation $queue: $allowed",
    ({ user, operation, queue: name, allowed }) => {
      const of = users.find((candidate) => candidate.name === user);
      if (of === undefined) throw new Error(`no user ${user}`);
      const [entry] = permissionsOf(of, { acl: "least-privilege", vhosts: ["/"], queues });
      const granted =
        entry !== undefined &&
        needs(of.client, operation, name).every(([kind, asked]) =>
          new RegExp(entry.permission[kind]).test(asked),
        );
      expect(granted).toBe(allowed);
    },
  );

  test("our users reach nothing by the default exchange, nor do they declare", () => {
    const reached = users
      .filter(({ client, manage }) => client === "mq" && manage.length === 0)
      .flatMap((user) => permissionsOf(user, { acl: "least-privilege", vhosts: ["/"], queues }))
      .filter(
        ({ permission: { configure, write, read } }) =>
          configure !== "^$" ||
          [write, read].some((pattern) => new RegExp(pattern).test("amq.default")),
      );
    expect(reached).toStrictEqual([]);
  });
});
