import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseStack } from "../../../components/config/parse";
import { StackFileError } from "../../../components/config/problems";
import { encryptedEnvironment, environment, localStackWith } from "../../support/stack-values";

const rsa = (modulusLength = 2048) =>
  generateKeyPairSync("rsa", {
    modulusLength,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
const pair = rsa();
const other = rsa();

let folder = "";
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mq-own-keys-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What a stack with these halves is parsed to, or the message with which it is refused. */
function parsed(privateKey: string, publicKey: string, where = encryptedEnvironment) {
  const values = localStackWith(["signing", "existing"], { privateKey, publicKey });
  try {
    const { topology, secrets } = parseStack(values, where);
    return { signing: topology.signing, secrets };
  } catch (error) {
    if (!(error instanceof StackFileError)) throw error;
    expect(error.message).not.toContain("-----");
    for (const line of pair.privateKey.split("\n").filter((text) => text.length > 60)) {
      expect(error.message).not.toContain(line);
    }
    return error.message;
  }
}

const taken = {
  signing: { name: "q", bits: 3072, existingPublicKey: pair.publicKey },
  secrets: { passwords: {}, privateKey: pair.privateKey },
};

describe("K33: own keys", () => {
  test("as encrypted PEM", () => {
    expect(parsed(pair.privateKey, pair.publicKey)).toStrictEqual(taken);
  });

  test("as files, whose names may stand in clear", () => {
    const privateKey = file("own.pem", pair.privateKey);
    const publicKey = file("own-public.pem", pair.publicKey);
    expect(parsed(privateKey, publicKey, environment)).toStrictEqual(taken);
  });

  test("the private half is not in the topology", () => {
    const values = localStackWith(["signing", "existing"], pair);
    const { topology } = parseStack(values, encryptedEnvironment);
    expect(JSON.stringify(topology)).not.toContain("PRIVATE KEY");
  });

  test("a private PEM in clear is refused", () => {
    expect(parsed(pair.privateKey, pair.publicKey, environment)).toBe(
      "mq:signing.existing.privateKey: the private key stands in clear in the stack file; remove it and use `pulumi config set --secret --path mq:signing.existing.privateKey`, or name a file",
    );
  });

  test("the public half of another pair is refused", () => {
    expect(parsed(pair.privateKey, other.publicKey)).toBe(
      "mq:signing.existing.publicKey: is not the public half of mq:signing.existing.privateKey; give both of one pair",
    );
  });

  test("a private PEM given as the public one is refused", () => {
    expect(parsed(pair.privateKey, pair.privateKey)).toBe(
      "mq:signing.existing.publicKey: is no public key in PEM; give one without a passphrase",
    );
  });

  test("a file with both halves given as the public one is refused", () => {
    const both = file("both.pem", pair.publicKey + pair.privateKey);
    expect(parsed(pair.privateKey, both)).toBe(
      "mq:signing.existing.publicKey: is no public key in PEM; give one without a passphrase",
    );
  });

  test("a public PEM given as the private one is refused", () => {
    expect(parsed(pair.publicKey, pair.publicKey)).toBe(
      "mq:signing.existing.privateKey: is no private key in PEM; give one without a passphrase",
    );
  });

  test("what is no key is refused, each half", () => {
    const text = file("text.pem", "no key\n");
    expect(parsed(text, text)).toBe(
      "mq:signing.existing.privateKey: is no private key in PEM; give one without a passphrase\n" +
        "mq:signing.existing.publicKey: is no public key in PEM; give one without a passphrase",
    );
  });

  test("a key with a passphrase is refused", () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
    });
    expect(parsed(privateKey, pair.publicKey)).toBe(
      "mq:signing.existing.privateKey: is no private key in PEM; give one without a passphrase",
    );
  });

  test("files that are not there are refused, each half, with the key and the reason", () => {
    expect(parsed(join(folder, "none.pem"), join(folder, "none-public.pem"))).toBe(
      "mq:signing.existing.privateKey: cannot be read (ENOENT); give a readable PEM file, or the PEM itself\n" +
        "mq:signing.existing.publicKey: cannot be read (ENOENT); give a readable PEM file, or the PEM itself",
    );
  });

  test("a folder is refused", () => {
    expect(parsed(folder, pair.publicKey)).toBe(
      "mq:signing.existing.privateKey: cannot be read (EISDIR); give a readable PEM file, or the PEM itself",
    );
  });

  test("X5: a private key without its first line is not repeated in the message", () => {
    const cut = pair.privateKey.split("\n").slice(1, -2).join("");
    expect(parsed(cut, pair.publicKey)).toMatch(
      /^mq:signing\.existing\.privateKey: cannot be read \(E[A-Z]+\); give a readable PEM file, or the PEM itself$/,
    );
  });

  test("an RSA key in PKCS #1 is taken", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    expect(parsed(privateKey, publicKey)).toStrictEqual({
      signing: { name: "q", bits: 3072, existingPublicKey: publicKey },
      secrets: { passwords: {}, privateKey },
    });
  });

  test("Ed25519, which the sender's RSA signatures cannot be made with, is refused", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    expect(parsed(privateKey, publicKey)).toBe(
      "mq:signing.existing.privateKey: is no RSA key; senders sign with RSA: give an RSA pair\n" +
        "mq:signing.existing.publicKey: is no RSA key; senders sign with RSA: give an RSA pair",
    );
  });

  test("K2: 1024 bits need allowWeak", () => {
    const weak = rsa(1024);
    expect(parsed(weak.privateKey, weak.publicKey)).toBe(
      "mq:signing.existing.privateKey: 1024 bits are weak; use 2048 or more, or set mq:signing.allowWeak: true",
    );
    const values = localStackWith(["signing"], { existing: weak, allowWeak: true });
    expect(parseStack(values, encryptedEnvironment).secrets.privateKey).toBe(weak.privateKey);
  });

  test("the public half reaches the receiver as SubjectPublicKeyInfo", () => {
    const values = localStackWith(["signing", "existing"], pair);
    const pem = parseStack(values, encryptedEnvironment).topology.signing?.existingPublicKey ?? "";
    expect(createPublicKey(pem).export({ type: "spki", format: "pem" })).toBe(pem);
  });
});
