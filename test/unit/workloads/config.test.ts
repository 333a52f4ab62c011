import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import {
  ConfigError,
  loadCollectorConfig,
  loadSenderConfig,
  readPassword,
  type CollectorConfig,
  type SenderConfig,
} from "../../../workloads/shared/config";

const home = mkdtempSync(join(tmpdir(), "mq-config-"));
const file = join(home, "config.json");
afterAll(() => {
  rmSync(home, { recursive: true });
});

const broker = {
  protocol: "stomp",
  host: "127.0.0.1",
  port: 61613,
  vhost: "/",
  user: "kermit-receiver",
  passwordFile: "/etc/mq/password",
} as const;

const collector: CollectorConfig = {
  broker,
  queue: "kermit.log",
  source: "/amq/queue/kermit.log",
  outputDir: "/var/lib/mq",
  keyDir: "/etc/mq/keys",
  maxBytes: 16_777_216,
  dedup: "perSender",
  prefetch: 1000,
  batch: 500,
  http: { host: "127.0.0.1", port: 9419 },
};

const sender: SenderConfig = {
  broker: { ...broker, tls: { caFile: "/ca.pem", certFile: "/c.pem", keyFile: "/k.pem" } },
  sender: "node-1",
  privateKeyFile: "/etc/mq/q-private.pem",
  maxBytes: 1,
  inventory: { queue: "kermit.inventory", destination: "/exchange/a/a" },
  log: { queue: "kermit.log", destination: "/exchange/b/b" },
};

function problem(text: string, load: (file: string) => unknown = loadCollectorConfig): string {
  writeFileSync(file, text);
  try {
    load(file);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.replace(file, "FILE");
  }
  return "none";
}

test("a right configuration is read as it stands", () => {
  writeFileSync(file, JSON.stringify(collector));
  expect(loadCollectorConfig(file)).toEqual(collector);
  writeFileSync(file, JSON.stringify(sender));
  expect(loadSenderConfig(file)).toEqual(sender);
  const amqp = { ...collector, broker: { ...broker, protocol: "amqp" }, source: "kermit.log" };
  writeFileSync(file, JSON.stringify(amqp));
  expect(loadCollectorConfig(file)).toEqual(amqp);
});

test("who sends may be said by an environment variable", () => {
  writeFileSync(file, JSON.stringify({ ...sender, sender: { env: "MQ_TEST_NODE" } }));
  vi.stubEnv("MQ_TEST_NODE", "node-7");
  expect(loadSenderConfig(file)).toEqual({ ...sender, sender: "node-7" });
  vi.unstubAllEnvs();
});

describe("a wrong configuration names the file, the key and the rule", () => {
  const cases: [change: object, message: string][] = [
    [{ batch: 0 }, "batch: must be an integer from 1 to 10000"],
    [{ batch: "500" }, "batch: must be an integer from 1 to 10000"],
    [{ maxBytes: 134_217_729 }, "maxBytes: must be an integer from 1 to 134217728"],
    [{ dedup: "all" }, "dedup: must be one of perSender, compat, none"],
    [{ source: undefined }, "source: is missing"],
    [{ source: "" }, "source: must be a text"],
    [{ source: "/a\nack:auto" }, "source: must have no control character"],
    [{ queue: "a/log" }, "queue: must be usable as a folder name: has a slash"],
    [{ queue: ".rejected" }, "queue: must be usable as a folder name: begins with a dot"],
    [{ http: [] }, "http: must be an object"],
    [{ http: { host: "::1", port: 0 } }, "http.port: must be an integer from 1 to 65535"],
    [{ broker: { ...broker, protocol: "mqtt" } }, "broker.protocol: must be one of stomp, amqp"],
    [{ broker: { ...broker, tls: {} } }, "broker.tls.caFile: is missing"],
    [
      { broker: { ...broker, tls: { caFile: "/ca.pem", keyFile: "/k.pem" } } },
      "broker.tls: must have certFile and keyFile, or neither",
    ],
    [
      { broker: { ...broker, password: "secret" } },
      "broker.password: unknown key; known are protocol, host, port, vhost, user, passwordFile, tls",
    ],
  ];
  test.each(cases)("%j: %s", (change, message) => {
    expect(problem(JSON.stringify({ ...collector, ...change }))).toBe(`FILE: ${message}`);
  });

  test("of who sends", () => {
    const withSender = (who: unknown) =>
      problem(JSON.stringify({ ...sender, sender: who }), loadSenderConfig);
    const unset = "sender: the environment variable MQ_TEST_NODE is not set; set it to who sends";
    expect(withSender({ env: "MQ_TEST_NODE" })).toBe(`FILE: ${unset}`);
    expect(withSender({})).toBe("FILE: sender.env: is missing");
    expect(withSender(7)).toBe("FILE: sender: must be a text");
  });

  test("of the sender", () => {
    const log = { queue: "kermit.log" };
    expect(problem(JSON.stringify({ ...sender, log }), loadSenderConfig)).toBe(
      "FILE: log.destination: is missing",
    );
  });

  test("that is no JSON, without quoting it", () => {
    expect(problem('{ "password": "secret" ')).toBe("FILE: is not JSON");
    expect(problem("[]")).toBe("FILE: must be an object");
  });

  test("that is not there", () => {
    expect(() => loadCollectorConfig("/absent.json")).toThrow(
      "/absent.json: ENOENT: no such file or directory",
    );
  });
});

test("a password file holds one line", () => {
  writeFileSync(file, "secret \n");
  expect(readPassword(file)).toBe("secret ");
  writeFileSync(file, "\n");
  expect(() => readPassword(file)).toThrow(`${file}: is empty; it must hold the broker's password`);
  writeFileSync(file, "one\ntwo\n");
  expect(() => readPassword(file)).toThrow(`${file}: must hold one line, the password`);
});
