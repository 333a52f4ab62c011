import { createHash, pbkdf2Sync } from "node:crypto";

/** As many as Artemis itself takes; passwords that we generate need none. */
const iterations = 1024;

/** Bytes. */
const keyLength = 64;

/**
 * A password as Artemis stores it: `ENC(iterations:salt:key)`, PBKDF2 with HMAC-SHA1, in hexadecimal.
 *
 * @param salt - any text that differs from user to user; the same salt gives the same hash, so that a second `up` changes
 *   nothing.
 * @see https://activemq.apache.org/components/artemis/documentation/2.44.0/masking-passwords.html
 */
export function artemisPasswordHash(password: string, salt: string): string {
  const bytes = createHash("sha256").update(salt, "utf8").digest();
  const key = pbkdf2Sync(Buffer.from(password, "utf8"), bytes, iterations, keyLength, "sha1");
  const hex = (part: Buffer): string => part.toString("hex").toUpperCase();
  return `ENC(${String(iterations)}:${hex(bytes)}:${hex(key)})`;
}
