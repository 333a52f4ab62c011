import fc from "fast-check";
import { expect, test } from "vitest";
import { userObjectName } from "../../../components/keys/user-object-name";

test.each([
  ["kermit-sender", "kermit-sender"],
  ["a", "a"],
  ["7", "7"],
  ["Kermit", "kermit-cceea099c4a1"],
  ["kermit@example.org", "kermit-example-org-315842823433"],
  ["kermit_sender", "kermit-sender-97bc08c15099"],
  ["kermit-", "kermit-edf8a962bbb2"],
])("%s becomes %s", (user, name) => {
  expect(userObjectName(user)).toBe(name);
});

test("a user who is called as another's object is does not get that object", () => {
  const name = userObjectName("Kermit");
  expect(userObjectName(name)).not.toBe(name);
});

/** As the stack file allows them, close to each other. */
const user = fc.stringMatching(/^[aA1][aA1._@-]{0,12}$/);

test("any user has a name that Kubernetes takes, and no two share one", () => {
  fc.assert(
    fc.property(fc.uniqueArray(user, { minLength: 2, maxLength: 20 }), (users) => {
      const names = users.map(userObjectName);
      for (const name of names) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$/);
      expect(new Set(names).size).toBe(users.length);
    }),
  );
});

test("names of 64 characters that differ in the last stay apart", () => {
  const [one, other] = ["a", "b"].map((end) => userObjectName("x".repeat(63) + end));
  expect(one).toMatch(/^x{32}-[0-9a-f]{12}$/);
  expect(one).not.toBe(other);
});
