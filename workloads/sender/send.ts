import { createPrivateKey, type KeyObject } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readPassword, type SenderConfig, type SenderTarget } from "../shared/config";
import { fileNameProblem } from "../shared/file-name";
import type { Connect, Headers } from "../shared/protocol";
import { HEADER, sign } from "../shared/signature";

/** A reason not to send, for the user. */
export class SendError extends Error {}

/** A file to send. */
export interface Parcel {
  name: string;
  body: Buffer;
}

function tooLarge(name: string, maxBytes: number): SendError {
  return new SendError(`${name}: is larger than ${String(maxBytes)} bytes (maxBytes)`);
}

/**
 * Reads a file that is to be sent.
 *
 * @param as another name for it; its own without one.
 *
 * @throws {@link SendError} when it cannot be read, or would not be accepted.
 */
export function readParcel(path: string, maxBytes: number, as?: string): Parcel {
  const name = checkedName(as ?? basename(path));
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new SendError(`${path}: no such file`);
    if (code === "EACCES") throw new SendError(`${path}: permission denied`);
    throw new SendError(`${path}: ${(error as Error).message}`);
  }
  try {
    const facts = fstatSync(fd);
    if (facts.isDirectory()) throw new SendError(`${path}: is a directory`);
    if (!facts.isFile()) throw new SendError(`${path}: is not a regular file`);
    if (facts.size > maxBytes) throw tooLarge(path, maxBytes);
    const body = readFileSync(fd);
    // It may have grown meanwhile.
    if (body.length > maxBytes) throw tooLarge(path, maxBytes);
    return { name, body };
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a stream that is to be sent under a name.
 *
 * @throws {@link SendError} when the name or the size would not be accepted.
 */
export async function readStream(
  stream: AsyncIterable<Buffer>,
  name: string,
  maxBytes: number,
): Promise<Parcel> {
  checkedName(name);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge("standard input", maxBytes);
    chunks.push(chunk);
  }
  return { name, body: Buffer.concat(chunks) };
}

function checkedName(name: string): string {
  const problem = fileNameProblem(name);
  if (problem !== undefined) {
    throw new SendError(`file name ${JSON.stringify(name)}: ${problem}`);
  }
  return name;
}

/**
 * The key that signs, and the id of its public half: `q-private.pem` signs for `q-public`, another
 * name for itself.
 *
 * @throws {@link SendError} naming the file; never its content.
 */
export function loadSigningKey(file: string): { id: string; key: KeyObject } {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT" ? "no such file" : code === "EACCES" ? "permission denied" : code;
    throw new SendError(`privateKeyFile ${file}: ${reason ?? "cannot be read"}`);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new SendError(`privateKeyFile ${file}: is not a private key in PEM form`);
  }
  if (key.asymmetricKeyType !== "rsa") {
    throw new SendError(`privateKeyFile ${file}: is not an RSA key`);
  }
  return { id: basename(file, ".pem").replace(/-private$/, "-public"), key };
}

/**
 * Sees that the secrets of a configuration can be read.
 *
 * @throws Error naming the file that cannot; never its content.
 */
export function checkSecrets({ privateKeyFile, broker }: SenderConfig): void {
  loadSigningKey(privateKeyFile);
  readPassword(broker.passwordFile);
}

/** ISO 8601 in UTC with microseconds, so that no two messages of a sender carry the same time. */
function timestamp(): string {
  const now = performance.timeOrigin + performance.now();
  const micros = String(Math.floor((now % 1) * 1000)).padStart(3, "0");
  return new Date(now).toISOString().replace("Z", `${micros}Z`);
}

/**
 * Time limit for the whole of a publish, in milliseconds. Document 000 has 2 s for files of 50 to
 * 200 kB; a busy broker or a slow line needs more: 10 s, and 1 s for each MiB.
 */
export function defaultTimeout(bytes: number): number {
  return 10_000 + Math.ceil(bytes / 1_048_576) * 1_000;
}

/** Where to, and by what. */
export interface SendOptions {
  config: SenderConfig;
  target: SenderTarget;
  connect: Connect;
  /** For the whole of it, in milliseconds. */
  timeoutMs: number;
}

/**
 * Signs a file and hands it to the broker; resolves when the broker has confirmed it.
 *
 * @throws {@link SendError} with the broker's reason, or when the time is over.
 */
export async function send(parcel: Parcel, options: SendOptions): Promise<void> {
  const { config, target, timeoutMs } = options;
  const { id, key } = loadSigningKey(config.privateKeyFile);
  const origin = {
    queue: target.queue,
    sender: config.sender,
    file: parcel.name,
    sent: timestamp(),
  };
  const headers = new Map<string, string>([
    [HEADER.file, origin.file],
    [HEADER.sender, origin.sender],
    [HEADER.sent, origin.sent],
    [HEADER.key, id],
    [HEADER.signature, sign(origin, parcel.body, key)],
  ]);
  const expired = new AbortController();
  const timeout = sleep(timeoutMs, undefined, { signal: expired.signal }).then(() => {
    throw new Error(`not confirmed within ${String(timeoutMs / 1000)} s`);
  });
  const { host, port } = config.broker;
  try {
    await Promise.race([timeout, publish(parcel.body, headers, options)]);
  } catch (error) {
    throw new SendError(`not sent to ${host}:${String(port)}: ${(error as Error).message}`);
  } finally {
    expired.abort();
    timeout.catch(() => undefined);
  }
}

async function publish(body: Buffer, headers: Headers, options: SendOptions): Promise<void> {
  const { config, target, connect, timeoutMs } = options;
  const password = readPassword(config.broker.passwordFile);
  const session = await connect({ broker: config.broker, password, timeoutMs, heartbeatMs: 0 });
  await session.send(target.destination, headers, body);
  await session.close();
}
