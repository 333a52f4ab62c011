import { createSign, createVerify, type KeyObject } from "node:crypto";

/** What is signed beside the file's bytes, so that a captured message fits nowhere else. */
export interface Origin {
  queue: string;
  sender: string;
  /** Name of the file, without a path. */
  file: string;
  /** When it was sent, ISO 8601 in UTC. */
  sent: string;
}

/** Message headers of the collector and the sender. */
export const HEADER = {
  file: "mq-file",
  sender: "mq-sender",
  sent: "mq-sent",
  key: "mq-key",
  signature: "mq-signature",
} as const;

/** Each field with its length before it: no two origins have the same preamble. */
function preamble(origin: Origin): Buffer {
  const fields = ["mq-signature-1", origin.queue, origin.sender, origin.file, origin.sent];
  return Buffer.from(
    fields.map((field) => `${String(Buffer.byteLength(field))}:${field},`).join(""),
  );
}

/** RSA PKCS#1 v1.5 with SHA-256 over the origin and the file's bytes, in base64. */
export function sign(origin: Origin, body: Buffer, privateKey: KeyObject): string {
  return createSign("sha256").update(preamble(origin)).update(body).sign(privateKey, "base64");
}

/** Whether the signature was made by {@link sign} with the other half of the key. */
export function verify(
  origin: Origin,
  body: Buffer,
  publicKey: KeyObject,
  signature: string,
): boolean {
  return createVerify("sha256")
    .update(preamble(origin))
    .update(body)
    .verify(publicKey, signature, "base64");
}
