import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
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
 * @param encrypted - whether the stack file holds `mq:signing` encrypted: else a private PEM in it is refused.
 */
export function keyPair(
  given: { privateKey: string; publicKey: string },
  encrypted: boolean,
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
  return { pair: { privateKey: privateHalf.pem, publicKey: publicHalf.pem }, problems: [] };
}

const isPem = (text: string): boolean => text.includes("-----BEGIN");

function read(
  given: string,
  path: readonly string[],
  parse: (pem: string) => KeyObject,
  kind: string,
): { pem: string; key: KeyObject } | { problem: Problem } {
  let pem = given;
  if (!isPem(given)) {
    try {
      pem = readFileSync(given, "utf8");
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? "unreadable";
      return {
        problem: {
          path,
          message: `${given}: ${reason}; give a readable PEM file, or the PEM itself`,
        },
      };
    }
  }
  try {
    // A private PEM would also do for createPublicKey: the receiver must never be given one.
    if (kind === "public" && pem.includes("PRIVATE KEY-----")) throw new Error("private");
    return { pem, key: parse(pem) };
  } catch {
    return {
      problem: { path, message: `is no ${kind} key in PEM; give one without a passphrase` },
    };
  }
}
