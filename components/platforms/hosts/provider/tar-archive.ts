import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

/** What is in a gzipped tar archive. */
export interface TarArchive {
  /** Of the whole archive, in hex. */
  sha512: string;
  entries: TarEntry[];
}

/** A member of an archive. */
export interface TarEntry {
  /** As it is written there. */
  name: string;
  kind: "file" | "directory" | "other";
  /** Bytes. */
  size: number;
}

/** Thrown for what is no gzipped tar archive, or is cut off. */
export class NotAnArchive extends Error {}

const blockSize = 512;
/** Names that are too long for a header; nothing else of that kind is as large. */
const longestName = 65536;

/**
 * Reads what is in a `.tar.gz`, without unpacking it.
 *
 * @param file Path on this machine.
 * @throws {@link NotAnArchive}, or the system's error where the file cannot be read.
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export async function readTarArchive(file: string): Promise<TarArchive> {
  const hash = createHash("sha512");
  const entries: TarEntry[] = [];
  try {
    await pipeline(
      createReadStream(file),
      async function* (packed: AsyncIterable<Buffer>) {
        for await (const chunk of packed) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createGunzip(),
      async (tar: AsyncIterable<Buffer>) => {
        for await (const entry of readEntries(new Blocks(tar))) {
          entries.push(entry);
        }
      },
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith("Z_") === true) {
      throw new NotAnArchive((error as Error).message);
    }
    throw error;
  }
  return { sha512: hash.digest("hex"), entries };
}

async function* readEntries(blocks: Blocks): AsyncGenerator<TarEntry> {
  let longName: string | undefined;
  for (;;) {
    const header = await blocks.take(blockSize);
    if (header.every((byte) => byte === 0)) {
      await blocks.drain();
      return;
    }
    if (checksum(header) !== octal(header, 148, 8)) {
      throw new NotAnArchive("a header's checksum is wrong");
    }
    const size = octal(header, 124, 12);
    const padded = Math.ceil(size / blockSize) * blockSize;
    const type = String.fromCharCode(header[156] ?? 0);
    if ("Lxg".includes(type)) {
      if (size > longestName) {
        throw new NotAnArchive("a name is too long");
      }
      const data = (await blocks.take(padded)).subarray(0, size);
      if (type === "L") {
        longName = text(data, 0, size);
      } else if (type === "x") {
        longName = paxPath(data) ?? longName;
      }
      continue;
    }
    yield { name: longName ?? headerName(header), kind: kindOf(type), size };
    longName = undefined;
    await blocks.skip(padded);
  }
}

function kindOf(type: string): TarEntry["kind"] {
  return type === "5" ? "directory" : type === "0" || type === "\0" ? "file" : "other";
}

/** The prefix is POSIX'; GNU has other things there. */
function headerName(header: Buffer): string {
  const prefix =
    text(header, 257, 6) === "ustar" && header[262] === 0 ? text(header, 345, 155) : "";
  const name = text(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** The path in a pax header: lines `<length> <key>=<value>`, the length that of the whole line in bytes. */
function paxPath(data: Buffer): string | undefined {
  let path: string | undefined;
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(" ", at);
    const length = Number(data.toString("latin1", at, space));
    if (space < 0 || !(length > space - at) || at + length > data.length) {
      throw new NotAnArchive("a pax header is malformed");
    }
    const line = data.toString("utf8", space + 1, at + length - 1);
    if (line.startsWith("path=")) {
      path = line.slice("path=".length);
    }
    at += length;
  }
  return path;
}

function text(data: Buffer, start: number, length: number): string {
  const field = data.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? length : end);
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = text(header, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) {
    throw new NotAnArchive("a number in a header is not octal");
  }
  return parseInt(digits || "0", 8);
}

/** The sum of a header's bytes, those of the sum itself taken for spaces. */
function checksum(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

/** Reads a stream in pieces of given lengths. */
class Blocks {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    while (this.rest.length < length) {
      this.rest = Buffer.concat([this.rest, await this.next()]);
    }
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }

  async skip(length: number): Promise<void> {
    let left = length;
    while (this.rest.length < left) {
      left -= this.rest.length;
      this.rest = await this.next();
    }
    this.rest = this.rest.subarray(left);
  }

  /** Reads on to the end, so that the whole archive is hashed and checked. */
  async drain(): Promise<void> {
    while ((await this.chunks.next()).done !== true);
  }

  private async next(): Promise<Buffer> {
    const result = await this.chunks.next();
    if (result.done === true) {
      throw new NotAnArchive("it is cut off");
    }
    return result.value;
  }
}
