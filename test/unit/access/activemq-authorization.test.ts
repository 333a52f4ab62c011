import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  activeMqGroups,
  authorizationEntries,
  grantEntries,
} from "../../../components/access/activemq-authorization";
import type { AccessTopology } from "../../../components/access/rights";
import type { AuthorizationEntry, User } from "../../../components/config/topology";
import { accessCases, queues, users, type Operation } from "../../support/access-cases";
import { lets } from "./activemq-broker";

const user = (name: string, grants: Partial<User> = {}): User => ({
  name,
  send: [],
  receive: [],
  manage: [],
  client: "mq",
  ...grants,
});
const topology = (given: Partial<AccessTopology> = {}): AccessTopology => ({
  acl: "least-privilege",
  queues: ["kermit.inventory", "kermit.log"].map((name) => ({ name, vhost: "/", type: "classic" })),
  users: [],
  ...given,
});
const everyRight = (groups: string): Omit<AuthorizationEntry, "queue" | "topic"> => ({
  read: groups,
  write: groups,
  admin: groups,
});

describe("the entries of the grants", () => {
  test("K14: a sender writes, a receiver reads, and neither creates or deletes", () => {
    const given = topology({
      users: [
        user("receiver", { receive: ["kermit.log", "kermit.inventory"] }),
        user("sender", { send: ["kermit.log"] }),
      ],
    });
    expect(grantEntries(given)).toStrictEqual([
      { queue: "kermit.inventory", read: "admins,receiver", write: "admins", admin: "admins" },
      { queue: "kermit.log", read: "admins,receiver", write: "admins,sender", admin: "admins" },
    ]);
  });

  test("a manager has every right", () => {
    const given = topology({ users: [user("manager", { manage: ["kermit.log"] })] });
    expect(grantEntries(given)).toStrictEqual([
      { queue: "kermit.log", ...everyRight("admins,manager") },
    ]);
  });

  test("Kermit's software creates the queues that it uses", () => {
    const given = topology({
      users: [
        user("ks", { client: "kermit", send: ["kermit.log"] }),
        user("kr", { client: "kermit", receive: ["kermit.log"] }),
      ],
    });
    expect(grantEntries(given)).toStrictEqual([
      { queue: "kermit.log", read: "admins,kr", write: "admins,ks", admin: "admins,kr,ks" },
    ]);
  });

  test("a queue that is granted to nobody has none", () => {
    expect(grantEntries(topology({ users: [user("idle")] }))).toStrictEqual([]);
  });

  test("K14: compat has the document's two", () => {
    expect(grantEntries(topology({ acl: "compat", users: [user("mcollective")] }))).toStrictEqual([
      { queue: ">", ...everyRight("admins") },
      { queue: ">", ...everyRight("mcollective") },
    ]);
  });
});

describe("all entries", () => {
  const given = topology({ users: [user("sender", { send: ["kermit.log"] }), user("idle")] });

  test("K14: the rest, topics and advisory topics are the administrators'", () => {
    expect(authorizationEntries(given, [], false)).toStrictEqual([
      { queue: ">", ...everyRight("admins") },
      { queue: "kermit.log", read: "admins", write: "admins,sender", admin: "admins" },
      { topic: ">", ...everyRight("admins") },
      { topic: "ActiveMQ.Advisory.>", ...everyRight("admins") },
    ]);
  });

  test("K14: with OpenWire, users read and make advisory topics, and write none", () => {
    expect(authorizationEntries(given, [], true).at(-1)).toStrictEqual({
      topic: "ActiveMQ.Advisory.>",
      read: "admins,idle,sender",
      write: "admins",
      admin: "admins,idle,sender",
    });
  });

  test.each([false, true])("K14: compat, with OpenWire: %s", (openWire) => {
    expect(authorizationEntries({ ...given, acl: "compat" }, [], openWire)).toStrictEqual([
      { queue: ">", ...everyRight("admins") },
      { queue: ">", ...everyRight("mcollective") },
      { topic: ">", ...everyRight("admins") },
      { topic: "ActiveMQ.Advisory.>", ...everyRight("admins,mcollective") },
    ]);
  });

  test("K14: entries of one's own stand at the end, verbatim", () => {
    const extra: AuthorizationEntry[] = [
      { queue: "kermit.>", read: "mcollective", write: "admins, noc", admin: "" },
      { topic: "mcollective.>", ...everyRight("*") },
    ];
    expect(authorizationEntries(given, extra, false).slice(-2)).toStrictEqual(extra);
  });

  test("F31: the order of users, queues and grants does not matter", () => {
    const mirrored = {
      ...given,
      queues: [...given.queues].reverse(),
      users: [...given.users].reverse(),
    };
    expect(authorizationEntries(mirrored, [], true)).toStrictEqual(
      authorizationEntries(given, [], true),
    );
  });
});

describe("groups", () => {
  const given = [user("noc"), user("mcollective")];

  test("every user is alone in one of its own name", () => {
    expect(activeMqGroups({ users: given, acl: "least-privilege" }, "mq-admin")).toStrictEqual([
      { name: "admins", users: ["mq-admin"] },
      { name: "noc", users: ["noc"] },
      { name: "mcollective", users: ["mcollective"] },
    ]);
  });

  test("K14: compat has mcollective, of all users", () => {
    expect(activeMqGroups({ users: given, acl: "compat" }, "mq-admin")).toStrictEqual([
      { name: "admins", users: ["mq-admin"] },
      { name: "noc", users: ["noc"] },
      { name: "mcollective", users: ["noc", "mcollective"] },
    ]);
  });

  test("without users there is only the administrators'", () => {
    expect(activeMqGroups({ users: [], acl: "compat" }, "mq-admin")).toStrictEqual([
      { name: "admins", users: ["mq-admin"] },
    ]);
  });

  test("nobody else is an administrator", () => {
    const named = { ...topology({ users: [user("admins")] }) };
    const refusal = "mq:users.admins: is ActiveMQ's group of administrators; rename the user";
    expect(() => activeMqGroups(named, "mq-admin")).toThrow(refusal);
    expect(() => grantEntries(named)).toThrow(refusal);
  });
});

describe("names that the broker reads as something else", () => {
  test.each(["kermit.*", "kermit.>", ">", "a,b", "a?consumer.exclusive=true", " a", "a\n", ""])(
    "no queue is named %j",
    (name) => {
      const queue = { name, vhost: "/", type: "classic" } as const;
      expect(() => grantEntries(topology({ queues: [queue] }))).toThrow(
        `mq:queues.${name}: ActiveMQ reads * > , ? and spaces around a name as something else; rename the queue`,
      );
    },
  );

  test.each(["*", "a,b", "a ", "ENC(x)", ""])("no user is named %j", (name) => {
    expect(() => activeMqGroups(topology({ users: [user(name)] }), "mq-admin")).toThrow(
      `mq:users.${name}: ActiveMQ reads * , ( ) and spaces around a name as something else; rename the user`,
    );
  });
});

/** What the broker asks for. A queue of the stack is there: to declare it again takes nothing, to make or delete it admin. */
const right: Readonly<Record<Operation, "read" | "write" | "admin">> = {
  send: "write",
  receive: "read",
  declare: "admin",
};

describe("K14: who may do what", () => {
  const entries = authorizationEntries({ acl: "least-privilege", queues, users }, [], false);

  test.each(accessCases)(
    "$user $operation $queue: $allowed",
    ({ user: name, operation, queue, allowed }) => {
      expect(lets(entries, [name], right[operation], `queue://${queue}`)).toBe(allowed);
    },
  );

  const elsewhere = [
    "queue://>",
    "queue://kermit.>",
    "queue://new",
    "queue://kermit",
    "queue://kermit.log.x",
    "queue://ActiveMQ.DLQ",
    "topic://kermit.log",
    "topic://>",
    "topic://ActiveMQ.Advisory.Connection",
    "queue://kermit.log,queue://kermit.inventory",
    "queue://kermit.log,topic://x",
  ];
  test.each(elsewhere)("nobody but administrators has a right on %s", (destination) => {
    const has = (group: string): string[] =>
      (["read", "write", "admin"] as const).filter((each) =>
        lets(entries, [group], each, destination),
      );
    expect(users.flatMap(({ name }) => has(name))).toStrictEqual([]);
    expect(has("admins")).toStrictEqual(["read", "write", "admin"]);
  });
});

describe("K14: any grants", () => {
  const names = ["a", "a.b", "a.b.c", "b", "b.a", "x"];
  const some = fc.subarray(names);
  const anyUser = fc.record({
    name: fc.constantFrom("u", "v", "w", "u.v"),
    send: some,
    receive: some,
    manage: some,
    client: fc.constantFrom("mq" as const, "kermit" as const),
  });

  test("let every user do what is granted and nothing else", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyUser, { selector: ({ name }) => name }),
        some,
        (given, declared) => {
          const all = declared.map((name) => ({ name, vhost: "/", type: "classic" as const }));
          const entries = authorizationEntries(
            { acl: "least-privilege", queues: all, users: given },
            [],
            true,
          );
          for (const { name, send, receive, manage, client } of given) {
            for (const queue of names) {
              const granted = (verb: readonly string[]): boolean =>
                verb.includes(queue) && declared.includes(queue);
              const declares = client === "kermit" && (granted(send) || granted(receive));
              expect(
                (["read", "write", "admin"] as const).map((each) =>
                  lets(entries, [name], each, `queue://${queue}`),
                ),
              ).toStrictEqual([
                granted(receive) || granted(manage),
                granted(send) || granted(manage),
                declares || granted(manage),
              ]);
            }
          }
        },
      ),
    );
  });
});
