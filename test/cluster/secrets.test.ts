import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, inject, test } from "vitest";
import { issueCertificates } from "../support/certificates";
import { ClusterStack, section } from "../support/cluster-stack";

const pretending = inject("pretending");

let stack: ClusterStack;

afterEach(async () => {
  await stack.dispose();
});

/** The files below a folder that hold a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

describe.skipIf(pretending)("F17: secrets", () => {
  const password = "Canary0123456789abcdefghij";

  test("X5: what every secret input holds is in clear nowhere but in Secrets", async () => {
    stack = ClusterStack.on("dev", "canary", (values) => {
      Object.assign(values, { "mq:collectors": {} });
      section(values, "senders").kermit = { user: "kermit-sender", as: "secret" };
    });
    const { signing, tls } = await ownKeys();
    const printed: string[] = [];
    const run = async (...args: string[]): Promise<number> => {
      const { code, stdout, stderr } = await stack.pulumi(...args);
      printed.push(stdout, stderr);
      return code;
    };
    await stack.setSecret("mq:passwords.kermit-sender", password);
    expect(await run("up", "--yes")).toBe(0);
    expect(await run("preview", "--diff")).toBe(0);
    expect(await run("refresh", "--yes", "--diff")).toBe(0);
    // An up that fails, at the API server: no Secret of that size.
    stack.change((values) => {
      section(values, "broker").conf = { "log.console.level": "x".repeat(1_100_000) };
    });
    expect(await run("up", "--yes")).not.toBe(0);
    expect(await run("stack", "export")).toBe(0);
    expect(await run("stack", "output", "--json")).toBe(0);
    printed.push(await everythingButSecrets());

    const { clients } = await stack.outputs<{ clients: Record<string, { password: string }> }>();
    expect(clients["kermit-sender"]?.password).toBe(password);
    const generated = clients["kermit-receiver"]?.password ?? "";
    for (const secret of [password, generated, signing, tls]) {
      expect(secret.length).toBeGreaterThan(20);
      const encoded = Buffer.from(secret).toString("base64").slice(0, -4);
      for (const form of [secret, encoded]) {
        expect(printed.map((text) => text.includes(form))).not.toContain(true);
        expect(filesWith(stack.workspace.stateDir, form)).toStrictEqual([]);
      }
    }
  });

  /** Gives the stack keys of one's own. @returns a line out of the middle of each private one. */
  async function ownKeys(): Promise<{ signing: string; tls: string }> {
    const line = (pem: string): string => pem.split("\n")[2] ?? "";
    const pair = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    issueCertificates(stack.folder, "ca", { server: `DNS:rabbitmq.${stack.namespace}.svc` });
    const file = (name: string): string => join(stack.folder, name);
    const key = readFileSync(file("server.key"), "utf8");
    stack.change((values) => {
      section(values, "signing").existing = { publicKey: pair.publicKey, privateKey: "" };
      section(values, "broker").tls = {
        existing: { certificate: file("server.pem"), ca: file("ca.pem"), privateKey: "" },
      };
    });
    // A value that begins with a hyphen would be an option.
    await stack.setSecret("mq:signing.existing.privateKey", `\n${pair.privateKey}`);
    await stack.setSecret("mq:broker.tls.existing.privateKey", `\n${key}`);
    return { signing: line(pair.privateKey), tls: line(key) };
  }

  /** All objects of the namespace, annotations too, as JSON. */
  async function everythingButSecrets(): Promise<string> {
    const list = ["api-resources", "--verbs=list", "--namespaced", "--output=name"];
    const kinds = (await stack.kubectl(...list))
      .trim()
      .split("\n")
      .filter((kind) => kind !== "secrets");
    return stack.kubectl("get", kinds.join(","), "--output=json");
  }
});
