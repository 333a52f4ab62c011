import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { TlsPlan } from "../../../components/config/topology";
import {
  BrokerCertificates,
  type BrokerCertificatesArgs,
} from "../../../components/keys/broker-certificates";
import {
  clearText,
  find,
  generatedPair,
  isSecretOutput,
  record,
  reveal,
  value,
  type RecordedResource,
} from "../../support/mocks";

const secretType = "kubernetes:core/v1:Secret";
const certificateType = "kubernetes:cert-manager.io/v1:Certificate";
const users = ["kermit-sender", "Kermit@example.org"];
const kermitSecret = "rabbitmq-client-kermit-example-org-4ffb9ed08ecb";

const plan = (source: TlsPlan["source"], change: Partial<TlsPlan> = {}): TlsPlan => ({
  clientCertificates: true,
  plainListeners: false,
  names: ["mq.example.org", "rabbitmq.mq-test.svc"],
  lifetimeDays: 90,
  renewBeforeDays: 30,
  caLifetimeDays: 3650,
  caRenewBeforeDays: 365,
  source,
  ...change,
});

/** What is made, and what is said of it. */
function made(tls: TlsPlan, { protect = false, key }: { protect?: boolean; key?: string } = {}) {
  return record(() => {
    const args: BrokerCertificatesArgs = {
      scope: {
        stack: "test",
        cluster: {
          context: "test",
          namespace: "mq-test",
          createNamespace: true,
          protect,
          allow: [],
        },
        namespace: pulumi.output("mq-test"),
      },
      kind: "rabbitmq",
      tls,
      users,
      names: ["rabbitmq.mq-test.svc", "*.rabbitmq-nodes.mq-test.svc"],
      ...(key !== undefined && { key: pulumi.output(key) }),
    };
    return new BrokerCertificates("broker-tls", args);
  });
}

/** `metadata.name` and keys of each Secret, by Pulumi's name. */
const secrets = (resources: readonly RecordedResource[]) =>
  resources
    .filter(({ type }) => type === secretType)
    .map(({ name, inputs }) => {
      const { metadata, type, stringData } = reveal(inputs) as Record<string, object>;
      return [
        name,
        (metadata as { name: string }).name,
        type,
        Object.keys(stringData ?? {}).sort(),
      ];
    });

/** The inputs of a resource, secrets in clear. */
const inputsOf = (resources: readonly RecordedResource[], type: string, name: string) =>
  reveal(find(resources, type, name).inputs) as Record<string, unknown>;

const labels = {
  "app.kubernetes.io/name": "rabbitmq",
  "app.kubernetes.io/instance": "test",
  "app.kubernetes.io/component": "broker",
  "app.kubernetes.io/part-of": "mq",
  "app.kubernetes.io/managed-by": "pulumi",
};

describe("by a CA of our own", () => {
  const pair = ["ca.crt", "tls.crt", "tls.key"];

  test("the CA, the broker's and each user's certificate are in a Secret each", async () => {
    const { result, resources } = await made(plan({ kind: "ca" }));
    expect(secrets(resources)).toStrictEqual([
      ["broker-tls-client-Kermit@example.org", kermitSecret, "kubernetes.io/tls", pair],
      [
        "broker-tls-client-kermit-sender",
        "rabbitmq-client-kermit-sender",
        "kubernetes.io/tls",
        pair,
      ],
      ["broker-tls-server", "rabbitmq-tls", "kubernetes.io/tls", pair],
      ["broker-tls-trust", "rabbitmq-ca", undefined, ["ca.crt"]],
    ]);
    expect([result.serverSecret, result.caSecret, ...users.map(result.clientSecret)]).toStrictEqual(
      ["rabbitmq-tls", "rabbitmq-ca", "rabbitmq-client-kermit-sender", kermitSecret],
    );
    expect(inputsOf(resources, secretType, "broker-tls-server")).toMatchObject({
      metadata: { name: "rabbitmq-tls", namespace: "mq-test", labels },
      stringData: {
        "tls.crt": "certificate broker-tls-server",
        "tls.key": "pkcs8 broker-tls-server",
        "ca.crt": "certificate broker-tls-ca",
      },
    });
  });

  test("the CA signs certificates and nothing else, and is valid for its own time", async () => {
    const { resources } = await made(plan({ kind: "ca" }));
    const ca = inputsOf(resources, "tls:index/selfSignedCert:SelfSignedCert", "broker-tls-ca");
    expect(ca).toStrictEqual({
      privateKeyPem: generatedPair.privateKey,
      subject: { commonName: "mq test CA" },
      isCaCertificate: true,
      setSubjectKeyId: true,
      allowedUses: ["cert_signing", "crl_signing"],
      validityPeriodHours: 87600,
      earlyRenewalHours: 8760,
    });
  });

  test("the broker's is for a server under all of its names, a user's for a client", async () => {
    const { resources } = await made(
      plan({ kind: "ca" }, { names: ["mq.example.org", "10.0.0.7"] }),
    );
    const [request, signed] = [
      "certRequest:CertRequest",
      "locallySignedCert:LocallySignedCert",
    ].map(
      (type) => (name: string) => inputsOf(resources, `tls:index/${type}`, `broker-tls-${name}`),
    );
    expect(request?.("server")).toMatchObject({
      subject: { commonName: "rabbitmq" },
      dnsNames: ["rabbitmq.mq-test.svc", "*.rabbitmq-nodes.mq-test.svc", "mq.example.org"],
      ipAddresses: ["10.0.0.7"],
    });
    expect(signed?.("server")).toMatchObject({
      allowedUses: ["digital_signature", "server_auth"],
      validityPeriodHours: 2160,
      earlyRenewalHours: 720,
    });
    expect(request?.("client-Kermit@example.org")).toMatchObject({
      subject: { commonName: "Kermit@example.org" },
      dnsNames: ["kermit-example-org-4ffb9ed08ecb"],
      ipAddresses: [],
    });
    expect(signed?.("client-Kermit@example.org")).toMatchObject({
      allowedUses: ["digital_signature", "client_auth"],
    });
  });

  test("every key is ECDSA P-256; the CA's alone is protected, and in no Secret", async () => {
    const { resources } = await made(plan({ kind: "ca" }), { protect: true });
    const keys = resources.filter(({ type }) => type === "tls:index/privateKey:PrivateKey");
    expect(keys.map(({ inputs }) => inputs)).toStrictEqual(
      Array(4).fill({ algorithm: "ECDSA", ecdsaCurve: "P256" }),
    );
    expect(resources.filter(({ protect }) => protect)).toStrictEqual(
      keys.filter(({ name }) => name === "broker-tls-ca"),
    );
    const stored = resources.filter(({ type }) => type === secretType);
    const text = JSON.stringify(stored.map(({ inputs }) => reveal(inputs)));
    expect(text).toContain("pkcs8 broker-tls-server");
    expect(text).not.toMatch(/pkcs8 broker-tls-ca|PRIVATE KEY/);
    const { resources: open } = await made(plan({ kind: "ca" }));
    expect(open.filter(({ protect }) => protect)).toStrictEqual([]);
  });

  test("X5: private keys are secrets wherever they go", async () => {
    const { resources } = await made(plan({ kind: "ca" }));
    const clear = resources.flatMap(({ inputs }) => clearText(inputs)).join("\n");
    expect(clear).not.toMatch(/pkcs8 |PRIVATE KEY/);
  });

  test("X12: the end of each certificate is an output", async () => {
    const { result } = await made(plan({ kind: "ca" }));
    const ends = Object.entries(result.expiry).map(async ([name, end]) => [name, await value(end)]);
    expect(await Promise.all(ends)).toStrictEqual(
      ["ca", "server", "client-kermit-sender", "client-Kermit@example.org"].map((name) => [
        name,
        "2030-01-01T00:00:00Z",
      ]),
    );
    expect(result.ca && (await value(result.ca))).toBe("certificate broker-tls-ca");
  });

  test("users have none where clients need none", async () => {
    const { result, resources } = await made(plan({ kind: "ca" }, { clientCertificates: false }));
    expect(secrets(resources).map(([, name]) => name)).toStrictEqual([
      "rabbitmq-tls",
      "rabbitmq-ca",
    ]);
    expect(result.clientSecret("kermit-sender")).toBeUndefined();
    expect(Object.keys(result.expiry)).toStrictEqual(["ca", "server"]);
  });
});

describe("an own certificate", () => {
  const pem = (...extra: string[]): string =>
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-keyout", "/dev/null", ...extra], // prettier-ignore
      { stdio: "pipe", encoding: "utf8" },
    );

  test("is in the same Secrets; nothing is generated", async () => {
    const source = { kind: "pem", certificate: pem(), ca: pem() } as const;
    const { result, resources } = await made(plan(source), { key: "own key" });
    expect(resources.map(({ type }) => type)).toStrictEqual([
      secretType,
      secretType,
      "mq:index:BrokerCertificates",
    ]);
    expect(inputsOf(resources, secretType, "broker-tls-server").stringData).toStrictEqual({
      "tls.crt": source.certificate,
      "tls.key": "own key",
      "ca.crt": source.ca,
    });
    expect(inputsOf(resources, secretType, "broker-tls-trust").stringData).toStrictEqual({
      "ca.crt": source.ca,
    });
    expect(resources.flatMap(({ inputs }) => clearText(inputs))).not.toContain("own key");
    expect([
      result.serverSecret,
      result.caSecret,
      result.clientSecret("kermit-sender"),
    ]).toStrictEqual(["rabbitmq-tls", "rabbitmq-ca", undefined]);
    expect(result.ca && (await value(result.ca))).toBe(source.ca);
    expect(result.ca && (await isSecretOutput(result.ca))).toBe(false);
  });

  test("X12: its end is an output", async () => {
    const source = { kind: "pem", certificate: pem(), ca: pem("-days", "400") } as const;
    const { result } = await made(plan(source), { key: "own key" });
    const end = (certificate: string): string => {
      const args = ["x509", "-noout", "-enddate", "-dateopt", "iso_8601"];
      const text = execFileSync("openssl", args, { input: certificate, encoding: "utf8" });
      return text.trim().replace("notAfter=", "").replace(" ", "T");
    };
    const { ca, server } = result.expiry;
    expect([ca && (await value(ca)), server && (await value(server))]).toStrictEqual([
      end(source.ca),
      end(source.certificate),
    ]);
  });

  test("without its key is a mistake of the program", async () => {
    const source = { kind: "pem", certificate: pem(), ca: pem() } as const;
    await expect(made(plan(source))).rejects.toThrow(
      "broker-tls: an own certificate without its key; give both of one pair",
    );
  });
});

describe("Secrets that are there", () => {
  test("are named; nothing is made", async () => {
    const source = { kind: "secret", server: "site-server", client: "site-client" } as const;
    const { result, resources } = await made(plan(source));
    expect(resources.map(({ type }) => type)).toStrictEqual(["mq:index:BrokerCertificates"]);
    expect([result.serverSecret, result.caSecret, ...users.map(result.clientSecret)]).toStrictEqual(
      ["site-server", "site-server", "site-client", "site-client"],
    );
    expect([result.ca, result.expiry]).toStrictEqual([undefined, {}]);
  });
});

describe("cert-manager", () => {
  const source = { kind: "issuer", name: "site", issuerKind: "ClusterIssuer" } as const;

  test("is asked for the broker's certificate and each user's, into the same Secrets", async () => {
    const { result, resources } = await made(plan(source));
    expect(resources.map(({ type, name }) => [type, name])).toStrictEqual([
      [certificateType, "broker-tls-client-Kermit@example.org"],
      [certificateType, "broker-tls-client-kermit-sender"],
      [certificateType, "broker-tls-server"],
      ["mq:index:BrokerCertificates", "broker-tls"],
    ]);
    expect(inputsOf(resources, certificateType, "broker-tls-server")).toStrictEqual({
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: {
        name: "rabbitmq-tls",
        namespace: "mq-test",
        labels,
        annotations: { "pulumi.com/waitFor": "condition=Ready" },
      },
      spec: {
        secretName: "rabbitmq-tls",
        secretTemplate: { labels },
        commonName: "rabbitmq",
        dnsNames: ["rabbitmq.mq-test.svc", "*.rabbitmq-nodes.mq-test.svc", "mq.example.org"],
        duration: "2160h0m0s",
        renewBefore: "720h0m0s",
        usages: ["digital signature", "server auth"],
        privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "site" },
      },
    });
    expect(
      inputsOf(resources, certificateType, "broker-tls-client-Kermit@example.org"),
    ).toMatchObject({
      metadata: { name: kermitSecret },
      spec: {
        secretName: kermitSecret,
        commonName: "Kermit@example.org",
        dnsNames: ["kermit-example-org-4ffb9ed08ecb"],
        usages: ["digital signature", "client auth"],
      },
    });
    expect([
      result.serverSecret,
      result.caSecret,
      result.clientSecret("Kermit@example.org"),
    ]).toStrictEqual(["rabbitmq-tls", "rabbitmq-tls", kermitSecret]);
    expect([result.ca, result.expiry]).toStrictEqual([undefined, {}]);
  });

  test("users have none where clients need none", async () => {
    const { resources } = await made(plan(source, { clientCertificates: false }));
    expect(resources.map(({ name }) => name)).toStrictEqual(["broker-tls-server", "broker-tls"]);
  });
});
