import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { artemisRoles, artemisSecurity } from "../../../components/access/artemis-security";
import type { Queue, User } from "../../../components/config/topology";
import { accessCases, operations, queues, users } from "../../support/access-cases";
import { artemisModel } from "./artemis-broker";

const queue = (name: string): Queue => ({ name, vhost: "/", type: "classic" });
const user = (name: string, more: Partial<User> = {}): User => ({
  name,
  send: [],
  receive: [],
  manage: [],
  client: "mq",
  ...more,
});
const stack = { queues, users, acl: "least-privilege" } as const;

describe("the security settings", () => {
  const admins = ["admins"];
  const nobody = {
    consume: admins,
    browse: admins,
    send: admins,
    createAddress: admins,
    deleteAddress: admins,
    createDurableQueue: admins,
    deleteDurableQueue: admins,
    createNonDurableQueue: admins,
    deleteNonDurableQueue: admins,
    manage: admins,
  };

  test("one for each queue with those who have a grant, the administrators in each, and one for the rest", () => {
    const settings = artemisSecurity({
      queues: [queue("b"), queue("a")],
      users: [
        user("kermit", { client: "kermit", send: ["a"] }),
        user("collector", { receive: ["a"] }),
        user("boss", { manage: ["b"] }),
      ],
      acl: "least-privilege",
    });
    const boss = ["admins", "boss"];
    const kermit = ["admins", "kermit"];
    expect(settings).toStrictEqual([
      { match: "#", roles: nobody },
      {
        match: "a",
        roles: {
          ...nobody,
          consume: ["admins", "collector"],
          browse: ["admins", "collector"],
          send: kermit,
          createAddress: kermit,
          deleteAddress: kermit,
          createDurableQueue: kermit,
          deleteDurableQueue: kermit,
        },
      },
      {
        match: "b",
        roles: {
          ...nobody,
          consume: boss,
          browse: boss,
          send: boss,
          createAddress: boss,
          deleteAddress: boss,
          createDurableQueue: boss,
          deleteDurableQueue: boss,
        },
      },
    ]);
  });

  test("compat: every user everything but management and what is the broker's own", () => {
    const everybody = ["admins", "mcollective"];
    const settings = artemisSecurity({ queues: [queue("a")], users: [user("x")], acl: "compat" });
    expect(settings).toStrictEqual([
      {
        match: "#",
        roles: {
          ...Object.fromEntries(Object.keys(nobody).map((each) => [each, everybody])),
          manage: admins,
        },
      },
      { match: "$.artemis.internal.#", roles: nobody },
      { match: "activemq.#", roles: nobody },
      { match: "DLQ", roles: nobody },
      { match: "ExpiryQueue", roles: nobody },
    ]);
  });

  test("F31: the order of users, queues and grants does not matter", () => {
    const mirrored = {
      ...stack,
      queues: [...queues].reverse(),
      users: [...users].reverse().map((each) => ({
        ...each,
        send: [...each.send].reverse(),
        receive: [...each.receive].reverse(),
      })),
    };
    expect(artemisSecurity(mirrored)).toStrictEqual(artemisSecurity(stack));
    expect(artemisRoles(mirrored, "mq-admin")).toStrictEqual(artemisRoles(stack, "mq-admin"));
  });

  test.each(["a#", "*", "a.*", "a::b", "a${b}", "a(b", "a|b", "", " a", "a\nb"])(
    "the queue name %j, which Artemis reads differently, is refused",
    (name) => {
      expect(() => artemisSecurity({ ...stack, queues: [queue(name)] })).toThrow(
        /^mq:queues\..*; rename the queue$/s,
      );
    },
  );

  test.each(["DLQ", "ExpiryQueue", "activemq.management", "$sys.mqtt"])(
    "the queue name %s, which is the broker's own, is refused",
    (name) => {
      expect(() => artemisSecurity({ ...stack, queues: [queue(name)] })).toThrow(
        `mq:queues.${name}: is an address of Artemis' own; rename the queue`,
      );
    },
  );

  test.each(["a,b", " a", "a ", "", "${user.home}", "a\tb"])(
    "the user name %j, which a list of roles cannot hold, is refused",
    (name) => {
      const topology = { ...stack, users: [user(name)] };
      expect(() => artemisSecurity(topology)).toThrow(/; rename the user$/);
      expect(() => artemisRoles(topology, "mq-admin")).toThrow(/; rename the user$/);
    },
  );
});

describe("the roles", () => {
  test("the administrators', and each user's own", () => {
    expect(
      artemisRoles({ users: [user("b"), user("a")], acl: "least-privilege" }, "mq-admin"),
    ).toStrictEqual([
      { name: "admins", users: ["mq-admin"] },
      { name: "a", users: ["a"] },
      { name: "b", users: ["b"] },
    ]);
  });

  test("compat: the groups of document 000", () => {
    const all = [user("b"), user("mcollective")];
    expect(artemisRoles({ users: all, acl: "compat" }, "mq-admin")).toStrictEqual([
      { name: "admins", users: ["mq-admin"] },
      { name: "mcollective", users: ["b", "mcollective"] },
    ]);
  });

  test.each(["admins", "mq-admin", "mq-cluster"])("a user named %s is refused", (name) => {
    for (const acl of ["compat", "least-privilege"] as const) {
      expect(() => artemisRoles({ users: [user(name)], acl }, "mq-admin")).toThrow(
        `mq:users.${name}: is the broker's own user or group; rename the user`,
      );
    }
  });
});

describe("who may do what on Artemis", () => {
  const broker = artemisModel(stack);

  test.each(accessCases)(
    "$user $operation $queue: $allowed",
    ({ user: name, operation, queue: address, allowed }) => {
      expect(broker.allows(name, operation, `/queue/${address}`)).toBe(allowed);
    },
  );

  test.each(accessCases)(
    "a topic is no way around: $user $operation $queue: $allowed",
    ({ user: name, operation, queue: address, allowed }) => {
      expect(broker.allows(name, operation, `/topic/${address}`)).toBe(allowed);
    },
  );

  test("a fully qualified name gives the rights of its address and of no other", () => {
    const names = queues.map(({ name }) => name);
    for (const { user: name, operation, queue: address, allowed } of accessCases) {
      for (const other of names) {
        expect(broker.allows(name, operation, `/queue/${address}::${other}`)).toBe(allowed);
      }
    }
  });

  test.each([
    "#",
    "*",
    "kermit.#",
    "kermit.*",
    "kermit",
    "kermit.log.x",
    "nosuch",
    "activemq.management",
  ])("nobody but the administrator does anything with %s", (address) => {
    for (const operation of operations) {
      const may = [...users.map(({ name }) => name), "mq-admin", "stranger"].filter((name) =>
        broker.allows(name, operation, address),
      );
      expect(may).toStrictEqual(["mq-admin"]);
    }
  });

  test("compat: every user does everything, but does not manage and does not read what nodes tell each other", () => {
    const compat = artemisModel({ ...stack, acl: "compat" });
    for (const { user: name, operation, queue: address } of accessCases) {
      expect(compat.allows(name, operation, address)).toBe(true);
    }
    for (const address of ["activemq.notifications", "$.artemis.internal.sf.mq.x", "DLQ"]) {
      expect(compat.may("sender", "consume", address)).toBe(false);
      expect(compat.may("mq-admin", "consume", address)).toBe(true);
    }
    expect(compat.may("sender", "manage", "activemq.management")).toBe(false);
    expect(compat.may("sender", "manage", "kermit.log")).toBe(false);
  });

  test("any users, any names: a right is there if, and only if, it was granted", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._:-]{0,5}$/);
    const name = fc
      .oneof(word, fc.constantFrom("a&b", "&amp;", "<a>", `"'`, "ü ß", "=!x", "日本"))
      .filter((text) => !text.includes("::") && !/^(activemq\.|DLQ$|ExpiryQueue$)/.test(text));
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: 5 });
    const reserved = ["admins", "mq-admin", "mq-cluster", "mcollective"];
    fc.assert(
      fc.property(
        names,
        names.filter((all) => !all.some((each) => reserved.includes(each))),
        fc.infiniteStream(fc.nat()),
        (addresses, logins, numbers) => {
          const some = (): string[] => addresses.filter(() => next() % 3 === 0);
          const next = (): number => Number(numbers.next().value);
          const all = logins.map((login) =>
            user(login, {
              send: some(),
              receive: some(),
              manage: some(),
              client: next() % 2 === 0 ? "mq" : "kermit",
            }),
          );
          const model = artemisModel({
            queues: addresses.map(queue),
            users: all,
            acl: "least-privilege",
          });
          for (const { name: login, send, receive, manage, client } of all) {
            for (const address of [...addresses, "elsewhere", `${addresses[0] ?? ""}.x`]) {
              const known = addresses.includes(address);
              const managed = known && manage.includes(address);
              const sent = known && send.includes(address);
              const received = known && receive.includes(address);
              expect(model.allows(login, "send", address)).toBe(sent || managed);
              expect(model.allows(login, "receive", address)).toBe(received || managed);
              expect(model.allows(login, "declare", address)).toBe(
                managed || (client === "kermit" && (sent || received)),
              );
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
