import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ActiveMqConfig } from "../../../../components/brokers/activemq/config";
import { encrypted, keyStorePassword } from "../../../../components/brokers/activemq/encryption";
import { activeMqFiles } from "../../../../components/brokers/activemq/files";
import { propertiesFile } from "../../../../components/brokers/java/properties";
import { config, credentials, tls, user } from "./values";

/** A properties file as Java reads it: Latin-1, `\u` and other escapes, `=` or `:` or a space after the key. */
function readProperties(text: string): [key: string, value: string][] {
  expect(text).toMatch(/^[\t\n -~]*$/);
  const unescape = (part: string): string =>
    part.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, code: string | undefined, sign: string) =>
      code === undefined ? sign : String.fromCharCode(parseInt(code, 16)),
    );
  return text
    .split("\n")
    .filter((line) => line !== "" && !/^\s*[#!]/.test(line))
    .map((line) => {
      const [, key = "", value = ""] = /^\s*((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)$/.exec(line) ?? [];
      return [unescape(key), unescape(value)];
    });
}

/** What Jasypt does with `ENC(…)` and `PBEWITHHMACSHA512ANDAES_256`. */
function decrypted(text: string, encryptionPassword: string): string {
  const [, base64] = /^ENC\(([A-Za-z0-9+/=]+)\)$/.exec(text) ?? [];
  if (base64 === undefined) throw new Error(`not encrypted: ${text}`);
  const bytes = Buffer.from(base64, "base64");
  const key = pbkdf2Sync(encryptionPassword, bytes.subarray(0, 16), 1000, 32, "sha512");
  const decipher = createDecipheriv("aes-256-cbc", key, bytes.subarray(16, 32));
  return Buffer.concat([decipher.update(bytes.subarray(32)), decipher.final()]).toString("utf8");
}

const files = (given: Partial<ActiveMqConfig> = {}): Record<string, string> => {
  const of = config(given);
  return activeMqFiles(of, credentials(of));
};

describe("the files of a broker", () => {
  test("are these, and with TLS the stores' password", () => {
    const names = [
      "activemq.xml",
      "encryption-password",
      "groups.properties",
      "log4j2.properties",
      "login.config",
      "users.properties",
    ];
    expect(Object.keys(files()).sort()).toStrictEqual(names);
    const withTls = files({ tls });
    expect(Object.keys(withTls).sort()).toStrictEqual([...names, "key-store-password"].sort());
    const password = withTls["key-store-password"];
    expect(password).toMatch(/^[0-9a-f]{40}\n$/);
    expect(withTls["activemq.xml"]).toContain(`keyStorePassword="${String(password).trim()}"`);
  });

  test("no password is in clear but the one that encrypts the others", () => {
    const { "encryption-password": own, ...others } = files({ tls });
    expect(own).toBe("encrypts-the-others\n");
    expect(Object.values(others).join("")).not.toMatch(/password-of-(?!the)|encrypts/);
  });

  test("K14: groups.properties", () => {
    expect(files()["groups.properties"]).toBe(
      "admins=mq-admin\nsender=sender\nreceiver=receiver\n",
    );
    expect(files({ acl: "compat" })["groups.properties"]).toBe(
      "admins=mq-admin\nsender=sender\nreceiver=receiver\nmcollective=sender,receiver\n",
    );
  });

  test("users.properties", () => {
    const users = readProperties(String(files()["users.properties"]));
    expect(
      users.map(([name, value]) => [name, decrypted(value, "encrypts-the-others")]),
    ).toStrictEqual([
      ["mq-admin", "password-of-mq-admin"],
      ["sender", "password-of-sender"],
      ["receiver", "password-of-receiver"],
    ]);
  });

  test.each(["nobody", "toString"])("a user %s without a password is an error", (name) => {
    const without = config({ users: [user(name)] });
    expect(() => activeMqFiles(without, credentials({ users: [] }))).toThrow(
      `mq:users.${name}: has no password; give it one`,
    );
  });

  test("login.config names them, and how they are encrypted", () => {
    expect(files()["login.config"]).toBe(`activemq {
    org.apache.activemq.jaas.PropertiesLoginModule required
        org.apache.activemq.jaas.properties.user="users.properties"
        org.apache.activemq.jaas.properties.group="groups.properties"
        decrypt=true
        algorithm="PBEWITHHMACSHA512ANDAES_256";
};
`);
  });
});

describe("K16: the files change whenever, and only when, what they say changes", () => {
  const changed = (given: ActiveMqConfig, secrets = credentials(given)): string[] => {
    const before = activeMqFiles(config(), credentials());
    const after = activeMqFiles(given, secrets);
    return Object.keys(after)
      .filter((name) => after[name] !== before[name])
      .sort();
  };
  const [sender, receiver] = config().users;
  if (sender === undefined || receiver === undefined) throw new Error("no users");

  test("the same values", () => {
    expect(changed(config())).toStrictEqual([]);
  });

  test("a grant", () => {
    const users = [sender, { ...receiver, receive: ["kermit.log"] }];
    expect(changed(config({ users }))).toStrictEqual(["activemq.xml"]);
  });

  test("a user", () => {
    const users = [sender, receiver, user("noc", { receive: ["kermit.log"] })];
    expect(changed(config({ users }))).toStrictEqual([
      "activemq.xml",
      "groups.properties",
      "users.properties",
    ]);
  });

  test("a user without grants", () => {
    expect(changed(config({ users: [sender, receiver, user("idle")] }))).toStrictEqual([
      "groups.properties",
      "users.properties",
    ]);
  });

  test("a password", () => {
    const secrets = credentials();
    const users = { ...secrets.users, sender: { password: "another", salt: "AQIDBA==" } };
    expect(changed(config(), { ...secrets, users })).toStrictEqual(["users.properties"]);
  });

  test("the administrator's password", () => {
    const secrets = credentials();
    const admin = { ...secrets.admin, password: "another" };
    expect(changed(config(), { ...secrets, admin })).toStrictEqual(["users.properties"]);
  });

  test("a queue", () => {
    const queues = [...config().queues, { name: "x", vhost: "/", type: "classic" as const }];
    expect(changed(config({ queues }))).toStrictEqual(["activemq.xml"]);
  });
});

describe("an encrypted password", () => {
  test("a known one, which the broker's own library (Jasypt 1.9.3) decrypts", () => {
    expect(encrypted("password-of-sender", "AQIDBA==", "encrypts-the-others")).toBe(
      "ENC(StlzenhEcPOTmBR4OeVitrIYmKcxXVZhlqAKRTy9S82+ckSlMtx0dV9sJiuO0Tc47+UMzYcfaVVaKzw2dZAN1g==)",
    );
  });

  test("any one is what it was", () => {
    const passwords = fc.string({
      unit: fc.oneof(fc.constantFrom("é", "🐸"), fc.string({ minLength: 1 })),
    });
    fc.assert(
      fc.property(passwords, fc.string(), (password, salt) => {
        expect(decrypted(encrypted(password, salt, "key"), "key")).toBe(password);
      }),
      { numRuns: 30 },
    );
  });

  test("another salt, password or key, another text from its first block on", () => {
    const first = (...args: Parameters<typeof encrypted>): string =>
      encrypted(...args).slice(4, 25);
    const texts = [first("p", "s", "k"), first("q", "s", "k"), first("p", "t", "k"), first("p", "s", "l")]; // prettier-ignore
    expect(new Set(texts).size).toBe(4);
    expect(first("p", "s", "k")).toBe(texts[0]);
  });

  test("the stores' password says nothing of the key", () => {
    expect(keyStorePassword("a")).toMatch(/^[0-9a-f]{40}$/);
    expect(keyStorePassword("a")).not.toBe(keyStorePassword("b"));
  });
});

test("a properties file holds any keys and values", () => {
  const text = fc.string({ unit: "binary", maxLength: 12 });
  const signs = fc.constantFrom(
    ...Array.from(" =:#!\\\t\n\r\fé日🐸\0&<>\"'"),
    "\\u0041",
    "ENC(",
    "/",
    "//",
  );
  const any = fc.array(fc.oneof(signs, text), { minLength: 1, maxLength: 5 }).map((parts) => parts.join("")); // prettier-ignore
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          any.filter((key) => key !== ""),
          any,
        ),
      ),
      (entries) => {
        expect(readProperties(propertiesFile(entries))).toStrictEqual(entries);
      },
    ),
  );
});
