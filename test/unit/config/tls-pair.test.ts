import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf } from "../../../components/config/problems";
import { tlsPair, type TlsPairPem } from "../../../components/config/tls-pair";

const names = ["rabbitmq.mq-test.svc", "*.rabbitmq-nodes.mq-test.svc", "10.0.0.7"];
const subjectAltName =
  "subjectAltName=DNS:rabbitmq.mq-test.svc,DNS:*.rabbitmq-nodes.mq-test.svc,IP:10.0.0.7";

let folder = "";
const file = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(file(name), "utf8");
const openssl = (...args: string[]): void => {
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
};

/** A certificate that signs itself, `<name>.pem` and `<name>.key`. */
function authority(name: string, commonName = name): void {
  const subject = ["-subj", `/CN=${commonName}`, "-days", "100"];
  openssl("req", "-x509", ...newKey, "-nodes", ...subject, "-keyout", `${name}.key`, "-out", `${name}.pem`); // prettier-ignore
}

/** A certificate that another signs. */
function signed(
  name: string,
  by: string,
  extensions: string,
  key: readonly string[] = newKey,
): void {
  openssl("req", ...key, "-nodes", "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`); // prettier-ignore
  writeFileSync(file(`${name}.ext`), extensions);
  const ca = ["-CA", `${by}.pem`, "-CAkey", `${by}.key`, "-CAcreateserial"];
  openssl("x509", "-req", "-in", `${name}.csr`, ...ca, "-days", "90", "-extfile", `${name}.ext`, "-out", `${name}.pem`); // prettier-ignore
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-tls-pair-"));
  authority("ca");
  authority("other-ca");
  authority("twin", "ca");
  // Without the CA's key identifier, only the signature tells one CA from another of the same name.
  signed("server", "ca", `${subjectAltName}\nauthorityKeyIdentifier=none`);
  signed("other", "ca", subjectAltName);
  signed("weak", "ca", subjectAltName, ["-newkey", "rsa:1024"]);
  signed("bare", "ca", "basicConstraints=CA:FALSE");
  signed("between", "ca", "basicConstraints=critical,CA:TRUE");
  signed("below", "between", subjectAltName);
  signed("no-ca", "ca", "basicConstraints=CA:FALSE");
  signed("forged", "no-ca", subjectAltName);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The files of a certificate, its key and the CA. */
const files = (name: string, ca = "ca"): TlsPairPem => ({
  certificate: file(`${name}.pem`),
  privateKey: file(`${name}.key`),
  ca: file(`${ca}.pem`),
});

/** What is taken, or the problems: key and message. */
function checked(
  given: TlsPairPem,
  options: { encrypted?: boolean; names?: readonly string[]; now?: Date } = {},
): TlsPairPem | string[] {
  const { pair, problems } = tlsPair(given, { encrypted: true, names, ...options });
  const lines = problems.map(({ path, message }) => `${keyOf(path)}: ${message}`);
  expect(pair === undefined).toBe(lines.length > 0);
  expect(lines.join("\n")).not.toContain("-----");
  return pair ?? lines;
}

const key = (part: keyof TlsPairPem): string => `mq:broker.tls.existing.${part}`;
const taken = (name = "server"): TlsPairPem => ({
  certificate: text(`${name}.pem`),
  ca: text("ca.pem"),
  privateKey: text(`${name}.key`),
});

describe("an own certificate", () => {
  test("as files, whose names may stand in clear", () => {
    expect(checked(files("server"), { encrypted: false })).toStrictEqual(taken());
  });

  test("as PEM, encrypted", () => {
    expect(checked(taken())).toStrictEqual(taken());
  });

  test("with the line ends, spaces and comments of other tools", () => {
    const untidy = (pem: string): string =>
      `\uFEFFBag Attributes\n  friendlyName: x\n${pem}`.replaceAll("\n", " \t\r\n");
    const { certificate, ca, privateKey } = taken();
    expect(
      checked({
        certificate: untidy(certificate),
        ca: untidy(ca),
        privateKey: privateKey.replaceAll("\n", "  \r\n"),
      }),
    ).toStrictEqual(taken());
  });

  test("with the key in the older form, behind its parameters", () => {
    openssl("ec", "-in", "server.key", "-out", "sec1.key");
    openssl("ecparam", "-name", "prime256v1", "-out", "parameters.pem");
    const privateKey = text("parameters.pem") + text("sec1.key");
    expect(privateKey).toContain("BEGIN EC PRIVATE KEY");
    expect(checked({ ...files("server"), privateKey })).toStrictEqual(taken());
  });

  test("with an intermediate between it and its CA", () => {
    const certificate = text("below.pem") + text("between.pem");
    expect(checked({ ...files("below"), certificate })).toStrictEqual({
      certificate,
      ca: text("ca.pem"),
      privateKey: text("below.key"),
    });
  });

  test("with several CAs to trust", () => {
    const ca = text("other-ca.pem") + text("ca.pem");
    expect(checked({ ...files("server"), ca })).toStrictEqual({ ...taken(), ca });
  });

  test("its own authority", () => {
    const certificate = text("ca.pem");
    expect(checked(files("ca"), { names: [] })).toStrictEqual({
      certificate,
      ca: certificate,
      privateKey: createPrivateKey(text("ca.key")).export({ type: "pkcs8", format: "pem" }),
    });
  });
});

describe("refused with key, rule and mend", () => {
  test("a private key in clear", () => {
    expect(checked(taken(), { encrypted: false })).toStrictEqual([
      `${key("privateKey")}: the private key stands in clear in the stack file; remove it and use \`pulumi config set --secret --path mq:broker.tls.existing.privateKey\`, or name a file`,
    ]);
  });

  test("the key of another certificate", () => {
    expect(checked({ ...files("server"), privateKey: file("other.key") })).toStrictEqual([
      `${key("privateKey")}: is not the key of mq:broker.tls.existing.certificate; give both of one pair (a chain begins with the broker's certificate)`,
    ]);
  });

  test("a weak key", () => {
    expect(checked(files("weak"))).toStrictEqual([
      `${key("privateKey")}: 1024 bits are weak; use RSA of 2048 or more, or ECDSA`,
    ]);
  });

  test("X12: one that has expired, at the second", () => {
    const end = new Date(new X509Certificate(text("server.pem")).validTo);
    expect(checked(files("server"), { now: end })).toStrictEqual(taken());
    expect(checked(files("server"), { now: new Date(end.getTime() + 1) })).toStrictEqual([
      `${key("certificate")}: expired at ${end.toISOString()}; give one that is valid`,
    ]);
  });

  test("X12: one whose CA has expired; not where a valid one stands beside it", () => {
    const after = new Date(new X509Certificate(text("ca.pem")).validTo);
    const now = new Date(after.getTime() + 1);
    openssl("x509", "-in", "ca.pem", "-signkey", "ca.key", "-days", "200", "-out", "renewed.pem");
    openssl("x509", "-req", "-in", "server.csr", "-CA", "renewed.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "150", "-extfile", "server.ext", "-out", "longer.pem"); // prettier-ignore
    const given = { ...files("server"), certificate: file("longer.pem") };
    expect(checked(given, { now })).toStrictEqual([
      `${key("ca")}: expired at ${after.toISOString()}; give one that is valid`,
    ]);
    const ca = text("ca.pem") + text("renewed.pem");
    expect(checked({ ...given, ca }, { now })).toMatchObject({ ca });
  });

  test("one that is not valid yet", () => {
    const start = new Date(new X509Certificate(text("server.pem")).validFrom);
    const now = new Date(start.getTime() - 1);
    expect(checked(files("server"), { now })).toContain(
      `${key("certificate")}: is not valid before ${start.toISOString()}; give one that is, or set this machine's clock`,
    );
  });

  const notSigned = `${key("ca")}: did not sign mq:broker.tls.existing.certificate; give the CA that did, and put intermediates behind the certificate`;

  test("a CA that did not sign it", () => {
    expect(checked(files("server", "other-ca"))).toStrictEqual([notSigned]);
    // Of the same name, with another key.
    expect(checked(files("server", "twin"))).toStrictEqual([notSigned]);
  });

  test("one whose intermediate is missing", () => {
    expect(checked(files("below"))).toStrictEqual([notSigned]);
  });

  test("one that somebody signed who is no CA", () => {
    const certificate = text("forged.pem") + text("no-ca.pem");
    expect(checked({ ...files("forged"), certificate })).toStrictEqual([notSigned]);
  });

  test("one without the names that clients call the broker by", () => {
    expect(checked(files("bare"))).toStrictEqual([
      `${key("certificate")}: is not valid for rabbitmq.mq-test.svc, *.rabbitmq-nodes.mq-test.svc, 10.0.0.7, as clients call the broker; have it issued with these as subjectAltName`,
    ]);
    expect(checked(files("server"), { names: [...names, "mq.example.org"] })).toStrictEqual([
      `${key("certificate")}: is not valid for mq.example.org, as clients call the broker; have it issued with these as subjectAltName`,
    ]);
  });

  test("a name that only the subject holds", () => {
    expect(checked(files("server"), { names: ["server"] })).toHaveLength(1);
  });

  test("a key among the certificates", () => {
    const certificate = text("server.pem") + text("server.key");
    expect(checked({ ...files("server"), certificate })).toStrictEqual([
      `${key("certificate")}: holds a private key too; give the certificates alone`,
    ]);
  });

  test("a key with a passphrase", () => {
    openssl("ec", "-in", "server.key", "-aes256", "-passout", "pass:x", "-out", "locked.key");
    expect(checked({ ...files("server"), privateKey: file("locked.key") })).toStrictEqual([
      `${key("privateKey")}: is no private key in PEM; give one without a passphrase`,
    ]);
  });

  test("what is no PEM or cannot be read, all at once", () => {
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const given = { certificate: broken, ca: file("server.csr"), privateKey: file("none.key") };
    expect(checked(given)).toStrictEqual([
      `${key("certificate")}: is no certificate in PEM; give one as PEM`,
      `${key("ca")}: is no certificate in PEM; give one as PEM`,
      `${key("privateKey")}: cannot be read (ENOENT); give a readable PEM file, or the PEM itself`,
    ]);
  });

  test("all that is wrong with one that can be read", () => {
    const given = { ...files("bare", "other-ca"), privateKey: file("server.key") };
    const problems = checked(given, { names: ["a.example.org"] });
    expect((problems as string[]).map((line) => line.split(":")[1])).toStrictEqual(
      ["privateKey", "ca", "certificate"].map((part) => `broker.tls.existing.${part}`),
    );
  });
});
