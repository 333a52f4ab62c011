import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { ClientPasswords, derivePassword } from "../../../components/access/client-passwords";
import { generatedPassword, isSecretOutput, record, value } from "../../support/mocks";

const seed = "seven".repeat(9);

describe("a derived password", () => {
  test("X3: is the same from run to run, and what HKDF-SHA256 (RFC 5869) gives elsewhere", () => {
    expect(derivePassword(seed, "kermit-sender")).toStrictEqual({
      password: "14mjxwzUSNe5w26WALGJWEUBXnIIt7UHHsRhHIPx",
      salt: "YrsBCQ==",
    });
  });

  test("has 40 letters and digits, and another for each user and seed", () => {
    const users = Array.from({ length: 1_000 }, (_, index) => `user-${String(index)}`);
    const derived = [seed, generatedPassword("other")].flatMap((from) =>
      users.map((user) => derivePassword(from, user)),
    );
    const passwords = derived.map(({ password }) => password);
    expect(passwords.filter((password) => !/^[A-Za-z0-9]{40}$/.test(password))).toStrictEqual([]);
    expect(new Set(passwords).size).toBe(2_000);
    const lengths = derived.map(({ salt }) => Buffer.from(salt, "base64").length);
    expect(new Set(lengths)).toStrictEqual(new Set([4]));
  });

  test("has every sign equally often", () => {
    const counts = new Map<string, number>();
    for (let user = 0; user < 2_000; user++) {
      for (const sign of derivePassword(seed, String(user)).password) {
        counts.set(sign, (counts.get(sign) ?? 0) + 1);
      }
    }
    const expected = (2_000 * 40) / 62;
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    expect(counts.size).toBe(62);
    // With 61 degrees of freedom, one in a thousand is above 100.9.
    expect(chiSquare).toBeLessThan(100.9);
  });
});

describe("the passwords of a stack", () => {
  const make = (users: readonly string[], own: Record<string, string> = {}, protect?: boolean) =>
    record(
      () =>
        new ClientPasswords("passwords", {
          users,
          own: new Map(
            Object.entries(own).map(([user, password]) => [user, pulumi.output(password)]),
          ),
          ...(protect !== undefined && { protect }),
        }),
    );

  test("are one resource, however many users there are, and one secret", async () => {
    const users = Array.from({ length: 1_000 }, (_, index) => `user-${String(index)}`);
    const { resources, result } = await make(users);
    expect(resources.map(({ type, inputs }) => [type, inputs])).toStrictEqual([
      ["mq:index:ClientPasswords", {}],
      ["random:index/randomPassword:RandomPassword", { length: 44, special: false }],
    ]);
    expect(await isSecretOutput(result.all)).toBe(true);
    expect(Object.keys(await value(result.all))).toStrictEqual(users);
    const of = result.of("user-7");
    expect([await isSecretOutput(of), await value(of)]).toStrictEqual([
      true,
      derivePassword(generatedPassword("passwords-seed"), "user-7").password,
    ]);
  });

  test("K9: one's own win, and change no other's", async () => {
    const before = await value((await make(["a", "b"])).result.all);
    const { result } = await make(["a", "b", "c"], { b: "Own-Password-1" });
    expect(await value(result.all)).toMatchObject({
      a: before["a"],
      b: { password: "Own-Password-1", salt: before["b"]?.salt },
    });
    expect(await isSecretOutput(result.of("b"))).toBe(true);
  });

  test("a user whose name is that of a function of every object gets a generated password", async () => {
    const { result } = await make(["constructor"]);
    expect(await value(result.of("constructor"))).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  test.each([true, false])("are protected as the stack wants it: %j", async (protect) => {
    const { resources } = await make(["a"], {}, protect);
    expect(resources.map((resource) => resource.protect)).toStrictEqual([false, protect]);
  });
});
