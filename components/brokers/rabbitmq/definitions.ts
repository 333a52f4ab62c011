import { createHash } from "node:crypto";

/**
 * A password as RabbitMQ stores it: base64 of the salt followed by SHA-256 of salt and password.
 *
 * @param salt - base64 of four random bytes; the same salt gives the same hash, so that a second `up` changes nothing.
 * @see https://www.rabbitmq.com/docs/passwords
 */
export function passwordHash(password: string, salt: string): string {
  const saltBytes = Buffer.from(salt, "base64");
  const digest = createHash("sha256").update(saltBytes).update(password, "utf8").digest();
  return Buffer.concat([saltBytes, digest]).toString("base64");
}

/**
 * Definitions that hold the administrator and nothing else, as JSON. They are loaded at each start, so that a new password
 * holds on kept data too, and other users, queues and vhosts stay as they are.
 *
 * @see https://www.rabbitmq.com/docs/definitions
 */
export function adminDefinitions(user: string, hash: string): string {
  return JSON.stringify(
    {
      users: [
        {
          name: user,
          password_hash: hash,
          hashing_algorithm: "rabbit_password_hashing_sha256",
          tags: ["administrator"],
        },
      ],
      vhosts: [{ name: "/" }],
      permissions: [{ user, vhost: "/", configure: ".*", write: ".*", read: ".*" }],
    },
    null,
    2,
  );
}
