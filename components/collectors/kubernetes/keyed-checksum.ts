import { createHmac, scryptSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** By password: making a key takes long, and many pods have the same password. */
const keys = new Map<string, Buffer>();

function keyOf(password: string): Buffer {
  const key = keys.get(password) ?? scryptSync(password, "mq", 32);
  keys.set(password, key);
  return key;
}

/**
 * A checksum of contents of which one is a password. It is no secret, for a secret in it would hide the whole pod from a
 * preview: so it is one that takes long to guess from.
 *
 * @param password - the secret among the contents that could be guessed; other secrets in them are keys.
 */
export function keyedChecksum(
  contents: readonly pulumi.Input<string>[],
  password: pulumi.Output<string>,
): pulumi.Output<string> {
  return pulumi.unsecret(
    pulumi
      .all([password, pulumi.all([...contents])])
      .apply(([secret, all]) =>
        createHmac("sha256", keyOf(secret)).update(all.join("\0")).digest("hex"),
      ),
  );
}
