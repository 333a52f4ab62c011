import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadAccessConfig, type AccessConfig } from "../../../../workloads/access/config";
import { ConfigError } from "../../../../workloads/shared/config";

const home = mkdtempSync(join(tmpdir(), "mq-access-config-"));
const file = join(home, "access.json");
afterAll(() => {
  rmSync(home, { recursive: true });
});

const withoutCa: AccessConfig = {
  url: "https://rabbitmq.mq.svc:15671",
  user: "mq-admin",
  passwordFile: "/etc/mq/admin/password",
  definitionsDir: "/etc/mq/definitions",
  nodes: 3,
  timeoutSeconds: 600,
};
const good: AccessConfig = { ...withoutCa, caFile: "/etc/mq/tls/ca.crt" };

test.each([
  ["all keys", good],
  ["no CA", withoutCa],
])("is read: %s", (_name, config) => {
  writeFileSync(file, JSON.stringify(config));
  expect(loadAccessConfig(file)).toStrictEqual(config);
});

test.each<[string, string]>([
  ["{", "is not JSON"],
  ["[]", "must be an object"],
  ["null", "must be an object"],
  [
    JSON.stringify({ ...good, hosts: 1 }),
    "hosts: unknown key; known are url, user, passwordFile, definitionsDir, nodes, timeoutSeconds, caFile",
  ],
  [
    JSON.stringify({ ...good, constructor: "x" }),
    "constructor: unknown key; known are url, user, passwordFile, definitionsDir, nodes, timeoutSeconds, caFile",
  ],
  [JSON.stringify({ ...good, user: "" }), "user: must be a text"],
  [JSON.stringify({ ...good, caFile: null }), "caFile: must be a text"],
  [JSON.stringify({ ...good, nodes: 0 }), "nodes: must be an integer of at least 1"],
  [JSON.stringify({ ...good, nodes: "3" }), "nodes: must be an integer of at least 1"],
  [JSON.stringify({ ...good, nodes: undefined }), "nodes: is missing"],
  [
    JSON.stringify({ ...good, url: "amqp://x" }),
    "url: must be http://HOST:PORT or https://HOST:PORT",
  ],
  [
    JSON.stringify({ ...good, url: "http://u:p@x" }),
    "url: must be http://HOST:PORT or https://HOST:PORT",
  ],
])("%s: %s", (text, problem) => {
  writeFileSync(file, text);
  let error: unknown;
  try {
    loadAccessConfig(file);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as Error).message).toBe(`${file}: ${problem}`);
});

test("a file that is not there is named", () => {
  expect(() => loadAccessConfig(join(home, "absent"))).toThrow(/absent: ENOENT/);
});
