import { createCipheriv, createHmac, hkdfSync, pbkdf2Sync } from "node:crypto";

/** The algorithm as Java names it: PBKDF2 with HMAC-SHA512 and AES-256. */
export const encryptionAlgorithm = "PBEWITHHMACSHA512ANDAES_256";

/** AES blocks, salt and initialisation vector of this algorithm, bytes. */
const block = 16;
/** Rounds of key derivation that the broker's library takes without asking. */
const iterations = 1000;

/**
 * A password as `users.properties` may hold it: `ENC(…)` of Jasypt, which is base64 of salt, initialisation vector and
 * encrypted text. Both come from the inputs, so that the same password gives the same text and another one another text.
 *
 * @param salt - base64; the same passwords of two users differ by it.
 * @see https://activemq.apache.org/components/classic/documentation/encrypted-passwords
 */
export function encrypted(password: string, salt: string, encryptionPassword: string): string {
  const random = createHmac("sha256", encryptionPassword)
    .update(JSON.stringify([salt, password]))
    .digest();
  const [keySalt, vector] = [random.subarray(0, block), random.subarray(block)];
  const key = pbkdf2Sync(encryptionPassword, keySalt, iterations, 32, "sha512");
  const cipher = createCipheriv("aes-256-cbc", key, vector);
  const text = Buffer.concat([cipher.update(password, "utf8"), cipher.final()]);
  return `ENC(${Buffer.concat([keySalt, vector, text]).toString("base64")})`;
}

/** The password of the PKCS12 files that hold the broker's key and its clients' CA: 40 hexadecimal digits. */
export function keyStorePassword(encryptionPassword: string): string {
  const bytes = hkdfSync("sha256", encryptionPassword, "", "mq activemq key store", 20);
  return Buffer.from(bytes).toString("hex");
}
