import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { isPem, readPem } from "./pem-file";
import type { Problem } from "./problems";

/** Both halves of a signing key pair as PEM. */
export interface KeyPairPem {
  readonly privateKey: string;
  readonly publicKey: string;
}

const privateKeyPath = ["signing", "existing", "privateKey"] as const;
const publicKeyPath = ["signing", "existing", "publicKey"] as const;

/**
 * Reads an own key pair, each half given as PEM or as a path on this machine, and checks that the halves belong together.
 *
 * @param options - `encrypted`: whether the stack file holds `mq:signing` encrypted, else a private PEM in it is refused;
 * `allowWeak`: whether fewer than 2048 bits will do.
 */
export function keyPair(
  given: { privateKey: string; publicKey: string },
  { encrypted, allowWeak }: { encrypted: boolean; allowWeak: boolean },
): { pair?: KeyPairPem; problems: Problem[] } {
  if (isPem(given.privateKey) && !encrypted) {
    const message =
      "the private key stands in clear in the stack file; remove it and use `pulumi config set --secret --path mq:signing.existing.privateKey`, or name a file";
    return { problems: [{ path: privateKeyPath, message }] };
  }
  const privateHalf = read(given.privateKey, privateKeyPath, createPrivateKey, "private");
  const publicHalf = read(given.publicKey, publicKeyPath, createPublicKey, "public");
  if ("problem" in privateHalf || "problem" in publicHalf) {
    const problems = [privateHalf, publicHalf].flatMap((half) =>
      "problem" in half ? [half.problem] : [],
    );
    return { problems };
  }
  const expected = createPublicKey(privateHalf.key).export({ type: "spki", format: "pem" });
  if (publicHalf.key.export({ type: "spki", format: "pem" }) !== expected) {
    const message =
      "is not the public half of mq:signing.existing.privateKey; give both of one pair";
    return { problems: [{ path: publicKeyPath, message }] };
  }
  const bits = privateHalf.key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2048 && !allowWeak) {
    return { problems: [{ path: privateKeyPath, message: weakKey(bits) }] };
  }
  return { pair: { privateKey: privateHalf.pem, publicKey: expected.toString() }, problems: [] };
}

/** What is said of an RSA key of fewer than 2048 bits. */
export function weakKey(bits: number): string {
  return `${String(bits)} bits are weak; use 2048 or more, or set mq:signing.allowWeak: true`;
}

function read(
  given: string,
  path: readonly string[],
  parse: (pem: string) => KeyObject,
  kind: string,
): { pem: string; key: KeyObject } | { problem: Problem } {
  const found = readPem(given);
  if ("message" in found) return { problem: { path, message: found.message } };
  const { pem } = found;
  try {
    // A private PEM would also do for createPublicKey: the receiver must never be given one.
    if (kind === "public" && pem.includes("PRIVATE KEY-----")) throw new Error("private");
    const key = parse(pem);
    return key.asymmetricKeyType === "rsa"
      ? { pem, key }
      : { problem: { path, message: "is no RSA key; senders sign with RSA: give an RSA pair" } };
  } catch {
    return {
      problem: { path, message: `is no ${kind} key in PEM; give one without a passphrase` },
    };
  }
}
