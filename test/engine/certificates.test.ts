import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../tools/lib/engine";
import { projectDir } from "../../tools/lib/workspace";
import { openScratch } from "../support/scratch-program";

const folder = mkdtempSync(join(tmpdir(), "mq-certificates-"));
let engine: Engine;

const keys = join(projectDir, "components/keys");
const program = `
const { CertificateAuthority } = require("${keys}/certificate-authority.ts");
const { Certificate } = require("${keys}/certificate.ts");
const { protect, renewBeforeDays } = require("./settings.json");
const lifetime = { days: 90, renewBeforeDays };
const authority = new CertificateAuthority("ca", { commonName: "mq test CA", lifetime: { days: 3650, renewBeforeDays: 365 }, protect });
const server = new Certificate("server", { authority, role: "server", commonName: "rabbitmq", names: ["rabbitmq.mq-test.svc", "*.nodes.mq-test.svc", "10.0.0.7"], lifetime });
const client = new Certificate("client", { authority, role: "client", commonName: "kermit-sender", names: ["kermit-sender"], lifetime });
module.exports = { ca: authority.certificate, server: { ...server }, client: { ...client } };
for (const of of [module.exports.server, module.exports.client]) for (const name of Object.keys(of)) if (!["certificate", "privateKey", "expiry"].includes(name)) delete of[name];
`;

interface Made {
  readonly certificate: string;
  readonly privateKey: string;
  readonly expiry: string;
}
interface Outputs {
  readonly ca: string;
  readonly server: Made;
  readonly client: Made;
}

const write = (file: string, content: unknown): void => {
  writeFileSync(join(folder, file), JSON.stringify(content)); // JSON is YAML
};

beforeAll(async () => {
  engine = await openScratch({
    folder,
    program,
    // The platform says which plugins are needed.
    config: { "mq:platform": "hosts" },
  });
  await up();
});

afterAll(async () => {
  await up();
  await run(0, "destroy", "--yes");
  rmSync(folder, { recursive: true });
});

async function run(code: number, ...args: string[]): Promise<string> {
  const finished = await engine.capture(...args);
  const text = finished.stdout + finished.stderr;
  if (finished.code !== code) throw new Error(`pulumi ${args.join(" ")}: ${text}`);
  return text;
}

async function up(change: { protect?: boolean; renewBeforeDays?: number } = {}): Promise<Outputs> {
  write("settings.json", { protect: false, renewBeforeDays: 30, ...change });
  await run(0, "up", "--yes");
  const { stdout } = await engine.capture("stack", "output", "--json", "--show-secrets");
  return JSON.parse(stdout) as Outputs;
}

/** What `openssl verify` says of a certificate. */
function verified(ca: string, certificate: string, purpose: string): string {
  writeFileSync(join(folder, "ca.pem"), ca);
  writeFileSync(join(folder, "leaf.pem"), certificate);
  const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.pem", "leaf.pem"];
  try {
    return execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
  } catch (error) {
    return (error as { stderr: string }).stderr.split("\n")[1] ?? "";
  }
}

test("the CA signs for one purpose each, with the names in the certificate", async () => {
  const { ca, server, client } = await up();
  expect(verified(ca, server.certificate, "sslserver")).toBe("leaf.pem: OK");
  expect(verified(ca, client.certificate, "sslclient")).toBe("leaf.pem: OK");
  expect(verified(ca, server.certificate, "sslclient")).toMatch(/unsuitable|unsupported.*purpose/);
  expect(verified(ca, client.certificate, "sslserver")).toMatch(/unsuitable|unsupported.*purpose/);
  const [authority, leaf, user] = [ca, server.certificate, client.certificate].map(
    (pem) => new X509Certificate(pem),
  );
  expect([authority?.ca, authority?.subject, leaf?.ca, leaf?.subject]).toStrictEqual([
    true,
    "CN=mq test CA",
    false,
    "CN=rabbitmq",
  ]);
  expect(leaf?.subjectAltName).toBe(
    "DNS:rabbitmq.mq-test.svc, DNS:*.nodes.mq-test.svc, IP Address:10.0.0.7",
  );
  expect([user?.subject, user?.subjectAltName]).toStrictEqual([
    "CN=kermit-sender",
    "DNS:kermit-sender",
  ]);
});

test("keys are ECDSA P-256 in PKCS #8, each of its certificate, and in clear nowhere in the state", async () => {
  const { server, client } = await up();
  for (const { certificate, privateKey } of [server, client]) {
    expect(privateKey).toContain("-----BEGIN PRIVATE KEY-----");
    const key = createPrivateKey(privateKey);
    expect(key.asymmetricKeyDetails).toStrictEqual({ namedCurve: "prime256v1" });
    expect(new X509Certificate(certificate).checkPrivateKey(key)).toBe(true);
  }
  const state = await run(0, "stack", "export");
  expect(state).toContain("BEGIN CERTIFICATE");
  expect(state).not.toContain("PRIVATE KEY");
});

test("X12: a certificate within its renewal days is made anew by `up`, under the same CA", async () => {
  const before = await up();
  const end = new Date(new X509Certificate(before.server.certificate).validTo);
  expect(before.server.expiry.slice(0, 19)).toBe(end.toISOString().slice(0, 19));
  await run(0, "preview", "--expect-no-changes");
  // Certificates of 90 days that are to be renewed 90 days before their end are due at once.
  const after = await up({ renewBeforeDays: 90 });
  expect(after.ca).toBe(before.ca);
  expect(after.server.privateKey).toBe(before.server.privateKey);
  expect(verified(after.ca, after.server.certificate, "sslserver")).toBe("leaf.pem: OK");
  const again = await up({ renewBeforeDays: 90 });
  const serials = [before, after, again].map(
    ({ server }) => new X509Certificate(server.certificate).serialNumber,
  );
  expect(new Set(serials).size).toBe(3);
});

test("the protected key of the CA is not deleted", async () => {
  await up({ protect: true });
  const { code, stdout, stderr } = await engine.capture("destroy", "--yes");
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/PrivateKey::ca" cannot be deleted\s+because it is protected/);
});
