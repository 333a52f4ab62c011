import { createHash } from "node:crypto";
import type { Delivery } from "../shared/protocol";
import { fileNameProblem } from "../shared/file-name";
import { HEADER, verify, type Origin } from "../shared/signature";
import type { CollectorConfig } from "../shared/config";
import type { TrustedKeys } from "./keys";
import type { RejectedSpool } from "./rejected-spool";

/** Why a message is not collected; the names are label values of a metric. */
export const REASONS = [
  "too-large",
  "headers-too-large",
  "unsigned",
  "unknown-key",
  "bad-signature",
  "bad-file-name",
] as const;

/** One of {@link REASONS}. */
export type Reason = (typeof REASONS)[number];

/** What becomes of a message. */
export type Verdict = Collected | Rejected;

/** A file to keep. */
export interface Collected {
  kind: "collect";
  /** `<md5>-<basename>` */
  name: string;
  basename: string;
  body: Buffer;
}

/** A message to put aside, with what is known about it. */
export interface Rejected {
  kind: "reject";
  /** `<md5 of the body>-<basename>`, the latter made harmless. */
  name: string;
  body: Buffer | RejectedSpool;
  /** Headers and reason, as JSON. */
  sidecar: Buffer;
  reason: Reason;
  detail: string;
}

/** Fields of the configuration that decide. */
export type IntakeOptions = Pick<CollectorConfig, "queue" | "dedup" | "maxBytes">;

/** Judges one delivery; reads and writes nothing. */
export function judge(
  delivery: Delivery<RejectedSpool>,
  keys: TrustedKeys,
  options: IntakeOptions,
): Verdict {
  const { headers, body } = delivery;
  if (!Buffer.isBuffer(body)) {
    const limit = `${String(body.bytes)} bytes, the limit is ${String(options.maxBytes)}`;
    return reject(delivery, "too-large", limit);
  }
  if (delivery.headersCut) return reject(delivery, "headers-too-large", "headers were dropped");
  const key = headers.get(HEADER.key);
  const signature = headers.get(HEADER.signature);
  const sender = headers.get(HEADER.sender);
  const file = headers.get(HEADER.file);
  const sent = headers.get(HEADER.sent);
  if (
    key === undefined ||
    signature === undefined ||
    sender === undefined ||
    file === undefined ||
    sent === undefined
  ) {
    const missing = Object.values(HEADER).filter((name) => !headers.has(name));
    return reject(delivery, "unsigned", `without ${missing.join(", ")}`);
  }
  const trusted = keys.get(key);
  if (trusted === undefined) return reject(delivery, "unknown-key", "the key id is not trusted");
  const origin: Origin = { queue: options.queue, sender, file, sent };
  if (!verify(origin, body, trusted, signature)) {
    return reject(delivery, "bad-signature", "the signature does not fit the message");
  }
  const problem = fileNameProblem(file);
  if (problem !== undefined) return reject(delivery, "bad-file-name", `the file name ${problem}`);
  return {
    kind: "collect",
    name: `${identity(origin, body, options.dedup)}-${file}`,
    basename: file,
    body,
  };
}

/**
 * The md5 in a file's name: the same for every delivery of one message, and for every file that
 * replaces another, so that the newer one takes the older one's place by an atomic rename.
 */
function identity(origin: Origin, body: Buffer, dedup: IntakeOptions["dedup"]): string {
  const hash = createHash("md5").update(`${origin.sender}\0${origin.file}`);
  if (dedup === "none") hash.update(`\0${origin.sent}\0`).update(body);
  return hash.digest("hex");
}

function reject(delivery: Delivery<RejectedSpool>, reason: Reason, detail: string): Verdict {
  const { headers, body } = delivery;
  const md5 = Buffer.isBuffer(body) ? createHash("md5").update(body).digest("hex") : body.md5;
  const given = headers.get(HEADER.file) ?? "";
  const name = `${md5}-${given.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 100) || "unnamed"}`;
  const facts = { reason, detail, bytes: byteLength(body), headers: Object.fromEntries(headers) };
  const sidecar = Buffer.from(`${JSON.stringify(facts, undefined, 2)}\n`);
  return { kind: "reject", name, body, sidecar, reason, detail };
}

/** Bytes of a body, held or spooled. */
export function byteLength(body: Buffer | RejectedSpool): number {
  return Buffer.isBuffer(body) ? body.length : body.bytes;
}
