import { expect, test } from "vitest";
import {
  difference,
  recordOf,
  union,
  type AccessRecord,
} from "../../../../workloads/access/record";
import type { Definitions, Shard } from "../../../../workloads/access/definitions";

const nothing: AccessRecord = {
  vhosts: [],
  users: [],
  permissions: [],
  queues: [],
  exchanges: [],
};
const shard = (definitions: Definitions): Shard => ({ file: "f", text: "", definitions });

test("X5: a record has the names of all shards, and no hash", () => {
  const queue = { vhost: "/", name: "kermit.log" };
  expect(
    recordOf([
      shard({ vhosts: [{ name: "/" }], users: [{ name: "a", password_hash: "HASH" }] }),
      shard({
        users: [{ name: "b", password_hash: "HASH" }],
        permissions: [{ vhost: "/", user: "a" }],
        queues: [queue],
        exchanges: [queue],
        bindings: [{}],
      }),
    ]),
  ).toStrictEqual({
    vhosts: [["/"]],
    users: [["a"], ["b"]],
    permissions: [["/", "a"]],
    queues: [["/", "kermit.log"]],
    exchanges: [["/", "kermit.log"]],
  });
});

test("a name in one vhost is not the same name in another, nor are parts of it", () => {
  const a = {
    ...nothing,
    queues: [
      ["a", "b"],
      ["a", "c"],
      ["a,b", "c"],
    ],
  };
  const b = {
    ...nothing,
    queues: [
      ["a", "b"],
      ["b", "a"],
      ["a", "b,c"],
    ],
  };
  expect(difference(a, b)).toStrictEqual({
    ...nothing,
    queues: [
      ["a", "c"],
      ["a,b", "c"],
    ],
  });
});

test("a union has everything once", () => {
  const a = { ...nothing, users: [["a"], ["b"]] };
  const b = { ...nothing, users: [["b"], ["c"]], vhosts: [["/"]] };
  expect(union(a, b)).toStrictEqual({
    ...nothing,
    users: [["a"], ["b"], ["c"]],
    vhosts: [["/"]],
  });
});
