import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adminDefinitions, passwordHash } from "../../../components/brokers/rabbitmq/definitions";
import {
  advancedConfig,
  enabledPlugins,
  rabbitMqConf,
} from "../../../components/brokers/rabbitmq/rabbitmq-conf";

const ports = { amqp: 35672, stomp: 36163, management: 35673, distribution: 35674, epmd: 35675 };

/** rabbitmq.conf as its manual describes it: `key = value` lines, `#` comments; a key may stand once. */
function readConf(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, key, value] = /^([a-z][a-z0-9_.]*) = (\S(?:.*\S)?)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) throw new Error(`not a setting: ${line}`);
    if (key in values) throw new Error(`set twice: ${key}`);
    values[key] = value;
  }
  return values;
}

describe("rabbitmq.conf", () => {
  test("holds the ports on the loopback address, the definitions and the limits, and nothing else", () => {
    expect(readConf(rabbitMqConf(ports, "/etc/rabbitmq/definitions.json"))).toStrictEqual({
      "listeners.tcp.1": "127.0.0.1:35672",
      "stomp.listeners.tcp.1": "127.0.0.1:36163",
      "management.tcp.ip": "127.0.0.1",
      "management.tcp.port": "35673",
      load_definitions: "/etc/rabbitmq/definitions.json",
      "auth_mechanisms.1": "PLAIN",
      "auth_mechanisms.2": "AMQPLAIN",
      "vm_memory_high_watermark.relative": "0.4",
      "disk_free_limit.absolute": "1GB",
      max_message_size: "134217728",
    });
  });

  test("has one newline at its end, and none of its lines has a space there", () => {
    const text = rabbitMqConf(ports, "/d.json");
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toMatch(/[ \t]$/m);
  });

  test("makes no user: neither guest nor a default user", () => {
    expect(rabbitMqConf(ports, "/d.json")).not.toMatch(
      /guest|default_user|default_pass|loopback_users/,
    );
  });

  test("any ports arrive where they belong", () => {
    const port = fc.integer({ min: 1, max: 65535 });
    fc.assert(
      fc.property(
        fc.record({ amqp: port, stomp: port, management: port, distribution: port, epmd: port }),
        (any) => {
          const conf = readConf(rabbitMqConf(any, "/d.json"));
          expect([
            conf["listeners.tcp.1"],
            conf["stomp.listeners.tcp.1"],
            conf["management.tcp.port"],
          ]).toStrictEqual([
            `127.0.0.1:${String(any.amqp)}`,
            `127.0.0.1:${String(any.stomp)}`,
            String(any.management),
          ]);
        },
      ),
    );
  });
});

test("advanced.config keeps Erlang's distribution port on the loopback address", () => {
  expect(advancedConfig()).toBe("[{kernel, [{inet_dist_use_interface, {127,0,0,1}}]}].\n");
});

describe("enabled_plugins", () => {
  test("K13: is an Erlang list with rabbitmq_stomp", () => {
    expect(enabledPlugins(["rabbitmq_stomp", "rabbitmq_management"])).toBe(
      "[rabbitmq_management,rabbitmq_stomp].\n",
    );
  });

  test("F31: does not depend on the order, and leaves what it is given alone", () => {
    const given = ["b", "a"];
    expect(enabledPlugins(given)).toBe(enabledPlugins(["a", "b"]));
    expect(given).toStrictEqual(["b", "a"]);
  });
});

describe("password hashes", () => {
  test("the known answer of RabbitMQ's manual", () => {
    // "test12" with salt 908D C60A: https://www.rabbitmq.com/docs/passwords#computing-password-hash
    const salt = Buffer.from("908DC60A", "hex").toString("base64");
    expect(passwordHash("test12", salt)).toBe("kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
  });

  test("salt, then SHA-256 of salt and password, for any password", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        (password, salt) => {
          const bytes = Buffer.from(
            passwordHash(password, Buffer.from(salt).toString("base64")),
            "base64",
          );
          expect(bytes).toHaveLength(36);
          expect(bytes.subarray(0, 4)).toStrictEqual(Buffer.from(salt));
          const digest = createHash("sha256").update(salt).update(Buffer.from(password)).digest();
          expect(bytes.subarray(4)).toStrictEqual(digest);
        },
      ),
    );
  });

  test("another salt, another hash", () => {
    const salt = () => randomBytes(4).toString("base64");
    expect(passwordHash("x", salt())).not.toBe(passwordHash("x", salt()));
  });
});

test("the definitions hold the administrator and nothing else", () => {
  expect(JSON.parse(adminDefinitions("mq-admin", "aGFzaA=="))).toStrictEqual({
    users: [
      {
        name: "mq-admin",
        password_hash: "aGFzaA==",
        hashing_algorithm: "rabbit_password_hashing_sha256",
        tags: ["administrator"],
      },
    ],
    vhosts: [{ name: "/" }],
    permissions: [{ user: "mq-admin", vhost: "/", configure: ".*", write: ".*", read: ".*" }],
  });
});
