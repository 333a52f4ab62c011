import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  keyStores,
  keyStoresScript,
  unchangedScript,
} from "../../../../../components/brokers/activemq/kubernetes/key-stores";
import { objectOf } from "../../../../support/manifests";
import { tlsPlan } from "../plans";
import { activeMqPlan, manifests, podOf } from "./brokers";

describe("an ActiveMQ with TLS", () => {
  const secure = activeMqPlan({ tls: tlsPlan() });

  test("makes its key stores in memory, then runs the broker's own command", async () => {
    const { pod, container } = await podOf(secure);
    const plain = (await podOf(activeMqPlan())).container.command;
    expect(container.command).toStrictEqual(["sh", "-c", keyStoresScript, "key-stores", ...plain]);
    expect(pod.volumes.slice(-2)).toStrictEqual([
      { name: "tls", secret: { secretName: "activemq-tls", defaultMode: 0o400 } },
      { name: "key-stores", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    ]);
    expect(container.volumeMounts.slice(-2)).toStrictEqual([
      { name: "tls", mountPath: "/etc/activemq-tls", readOnly: true },
      { name: "key-stores", mountPath: "/run/key-stores" },
    ]);
  });

  test("starts anew with another certificate", async () => {
    expect((await podOf(secure)).container.livenessProbe).toStrictEqual({
      exec: { command: ["sh", "-c", unchangedScript] },
      periodSeconds: 30,
      timeoutSeconds: 20,
      failureThreshold: 3,
    });
  });

  test("has the password of the stores in its Secret, for the broker and for metrics", async () => {
    const monitoring = { namespace: "monitoring", serviceMonitor: false };
    const { stringData = {} } = objectOf(
      await manifests({ ...secure, monitoring }),
      "Secret",
      "activemq-config",
    );
    const password = (stringData["key-store-password"] ?? "").trim();
    expect(password).toMatch(/^[0-9a-f]{40}$/);
    expect(stringData["activemq.xml"]).toContain(`keyStorePassword="${password}"`);
    expect(stringData["jmx-exporter.yaml"]).toContain(password);
    expect(stringData["jmx-exporter.yaml"]).toContain(keyStores.keyStore);
  });
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-key-stores-"));
  for (const each of ["etc/activemq", "etc/activemq-tls", "run/key-stores", "bin"]) {
    mkdirSync(join(folder, each), { recursive: true });
  }
  writeFileSync(inside(keyStores.passwordFile), "a password\n");
  writeFileSync(
    join(folder, "bin/keytool"),
    `#!/bin/sh\necho "$4 $(openssl x509 -in "$6" -noout -subject)" >> ${join(folder, "keytool.calls")}\n`,
  );
  chmodSync(join(folder, "bin/keytool"), 0o755);
  issue("server");
  writeFileSync(inside("/etc/activemq-tls/ca.crt"), ["one", "two"].map(certificate).join(""));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const inside = (path: string): string => join(folder, path);

/** Runs a script of a pod with the pod's paths below {@link folder}. */
function run(script: string, ...args: string[]): string {
  const here = script
    .replaceAll("/run/key-stores", inside("/run/key-stores"))
    .replaceAll("/etc/activemq", inside("/etc/activemq"));
  return execFileSync("sh", ["-c", here, ...args], {
    env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin` },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function openssl(...args: string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
}

const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function certificate(name: string): string {
  return openssl("req", "-x509", ...ec, "-subj", `/CN=${name}`, "-keyout", "/dev/null");
}

/** A new certificate in the Secret. */
function issue(name: string): void {
  const [key, crt] = ["tls.key", "tls.crt"].map((file) => inside(`/etc/activemq-tls/${file}`));
  openssl("req", "-x509", ...ec, "-subj", `/CN=${name}`, "-keyout", key ?? "", "-out", crt ?? "");
}

describe("the script", () => {
  const stored = (): string =>
    openssl("pkcs12", "-in", inside(keyStores.keyStore), "-passin", "pass:a password", "-nodes");

  test("stores the key, and each certificate of the CA's file", () => {
    run(keyStoresScript, "key-stores", "true");
    expect(stored()).toContain("friendlyName: broker");
    expect(stored()).toContain("BEGIN PRIVATE KEY");
    expect(readFileSync(inside("keytool.calls"), "utf8")).toBe(
      "ca-1.pem subject=CN = one\nca-2.pem subject=CN = two\n",
    );
  });

  test("becomes the broker, with the arguments as they are", () => {
    expect(run(keyStoresScript, "key-stores", "printf", "%s|", "a b", "$c")).toBe("a b|$c|");
  });

  test("may run again, and then takes what is in the Secret by then", () => {
    run(keyStoresScript, "key-stores", "true");
    issue("renewed");
    run(keyStoresScript, "key-stores", "true");
    expect(stored()).toMatch(/subject=CN ?= ?renewed/);
  });

  test("starts no broker where the key is not the certificate's", () => {
    writeFileSync(inside("/etc/activemq-tls/tls.crt"), certificate("foreign"));
    expect(() => run(keyStoresScript, "key-stores", "touch", inside("started"))).toThrow();
    expect(() => readFileSync(inside("started"))).toThrow();
  });

  test("a last line that does not end is read too", () => {
    const file = inside("/etc/activemq-tls/ca.crt");
    writeFileSync(file, readFileSync(file, "utf8").trimEnd());
    run(keyStoresScript, "key-stores", "true");
    expect(readFileSync(inside("keytool.calls"), "utf8")).toContain("CN = two");
  });
});

describe("the probe", () => {
  beforeEach(() => {
    run(keyStoresScript, "key-stores", "true");
  });

  test("is well as long as the Secret has what the broker started with", () => {
    expect(run(unchangedScript)).toBe("");
  });

  test("fails with a renewed certificate", () => {
    issue("renewed");
    expect(() => run(unchangedScript)).toThrow();
  });

  test("fails with another authority", () => {
    writeFileSync(inside("/etc/activemq-tls/ca.crt"), certificate("three"));
    expect(() => run(unchangedScript)).toThrow();
  });
});
