import { createPublicKey, type KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Trusted public keys by key id. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

const SUFFIX = ".pem";

/**
 * Reads every `<key id>.pem` of a folder; other files are left alone. A message names a key id,
 * which is looked up in the result and is never part of a path.
 *
 * @throws Error naming the file that is no public RSA key, or the folder that has none.
 */
export function loadKeys(keyDir: string): TrustedKeys {
  const files = readdirSync(keyDir).filter(
    (name) => name.endsWith(SUFFIX) && !name.startsWith("."),
  );
  if (files.length === 0) {
    throw new Error(`${keyDir}: has no public key; put the senders' <key id>${SUFFIX} there`);
  }
  return new Map(
    files.map((name) => [name.slice(0, -SUFFIX.length), loadKey(join(keyDir, name))] as const),
  );
}

function loadKey(file: string): KeyObject {
  const pem = readFileSync(file, "utf8");
  // Node would derive the public half: but a private key here is one that went astray.
  if (pem.includes("PRIVATE KEY")) {
    throw new Error(`${file}: is a private key; the collector takes public keys only`);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw new Error(`${file}: is not a public key in PEM form`);
  }
  if (key.asymmetricKeyType !== "rsa") {
    throw new Error(`${file}: is not an RSA key; messages are signed by RSA`);
  }
  return key;
}
