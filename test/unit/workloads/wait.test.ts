import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { workloadBundle } from "../../../components/collectors/workload-bundle";
import type { SenderFile } from "../../../workloads/shared/config";

const home = mkdtempSync(join(tmpdir(), "mq-wait-"));
const at = (name: string) => join(home, name);
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});
const config: SenderFile = {
  broker: {
    protocol: "stomp",
    host: "localhost",
    port: 61613,
    vhost: "/",
    user: "kermit-sender",
    passwordFile: at("password"),
  },
  sender: { env: "NODE_NAME" },
  privateKeyFile: at("q-private.pem"),
  maxBytes: 1,
  inventory: { queue: "kermit.inventory", destination: "/exchange/a/a" },
  log: { queue: "kermit.log", destination: "/exchange/b/b" },
};

beforeEach(() => {
  writeFileSync(at("sender.js"), workloadBundle("sender"));
  writeFileSync(at("sender.json"), JSON.stringify(config));
  writeFileSync(at("password"), "Own-Password-1\n");
  writeFileSync(at("q-private.pem"), privateKey);
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

/** Runs `mq-send --wait` until it ends: by itself, or by a signal once it waits. */
async function wait(
  env: Record<string, string> = { NODE_NAME: "node-1" },
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const words = [at("sender.js"), "--config", at("sender.json"), "--wait", ...args];
  const child = spawn(process.execPath, words, { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("ready")) child.kill("SIGTERM");
    });
  }
  const code = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  return { code, output };
}

test("K21: waits until it is asked to end", async () => {
  const { code, output } = await wait();
  expect(code).toBe(0);
  expect(output).toMatch(/^\S+Z info ready to send to localhost:61613 as "node-1"\n$/);
});

test.each([
  ["password", "ENOENT: no such file or directory, open"],
  ["q-private.pem", `privateKeyFile ${at("q-private.pem")}: no such file`],
])("K21: without %s it ends at once and says why", async (file, reason) => {
  rmSync(at(file));
  const { code, output } = await wait();
  expect(code).toBe(1);
  expect(output.startsWith(`mq-send: ${reason}`)).toBe(true);
});

test("without its sender's name it ends at once, and names the variable", async () => {
  expect(await wait({})).toStrictEqual({
    code: 2,
    output: `mq-send: ${at("sender.json")}: sender: the environment variable NODE_NAME is not set; set it to who sends\n`,
  });
});

test("takes no file", async () => {
  const { code, output } = await wait(undefined, "a.json");
  expect(code).toBe(2);
  expect(output).toMatch(/^mq-send: --wait takes no FILE\nusage: mq-send /);
});
