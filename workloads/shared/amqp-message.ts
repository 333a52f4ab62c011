import { layout, textEntries } from "./amqp-properties";
import { Body } from "./body";
import type { Spool } from "./protocol";

/**
 * Takes an AMQP 1.0 message apart while its bytes come. The library holds every message as a whole,
 * whatever its size, and one that is not well-formed ends the connection, so that it would stop a
 * collector for good. Here what is too large goes to a spool, and what cannot be read becomes the
 * body of a message without headers.
 *
 * @see https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html#section-message-format
 */

const APPLICATION_PROPERTIES = 0x74;
/** Data, sequence and value: whatever a body consists of, its bytes are kept. */
const BODY = new Set([0x75, 0x76, 0x77]);
/** Header, annotations, properties, footer. */
const SKIPPED = new Set([0x70, 0x71, 0x72, 0x73, 0x78]);

/** All application properties of a message that are kept, in bytes. */
const MAX_HEAD_BYTES = 256 * 1024;
/** The longest beginning of a section: descriptor, type code and length. */
const MAX_PREFIX_BYTES = 16;
const NOTHING = Buffer.alloc(0);

/** A section whose beginning has been read. */
interface Section {
  readonly descriptor: number | "unreadable";
  readonly code: number;
  /** Bytes that are still to come. */
  left: number;
}

/** The pieces of one message, in their order; feed it with {@link MessageCutter.push}. */
export class MessageCutter<S extends Spool> {
  /** Application properties; complete after {@link MessageCutter.end}. */
  headers: ReadonlyMap<string, string> = new Map();
  headersCut = false;
  private readonly body: Body<S>;
  /** The beginning of a section as far as it has come. */
  private prefix = NOTHING;
  private section: Section | undefined;
  private properties: Buffer[] = [];

  constructor(maxBytes: number, openSpool: () => S) {
    this.body = new Body(maxBytes, openSpool);
  }

  /** The bytes, or the spool that took them; complete after {@link MessageCutter.end}. */
  get content(): Buffer | S {
    return this.body.content;
  }

  /** Takes the next bytes. Returns a promise while the spool is busy: the next must wait for it. */
  push(chunk: Buffer): Promise<void> | undefined {
    let rest = chunk;
    while (rest.length > 0) {
      const { section } = this;
      if (section === undefined) {
        rest = this.begin(rest);
        continue;
      }
      const piece = rest.subarray(0, section.left);
      rest = rest.subarray(piece.length);
      section.left -= piece.length;
      const busy = this.take(section, piece);
      if (section.left === 0) this.finish(section);
      if (busy !== undefined) return busy.then(() => this.push(rest));
    }
    return undefined;
  }

  /** The message is complete. */
  end(): Promise<void> | undefined {
    const { prefix } = this;
    this.prefix = NOTHING;
    if (prefix.length > 0) this.section = unreadable();
    const busy = this.push(prefix);
    return busy === undefined ? this.body.end() : busy.then(() => this.body.end());
  }

  /** The message will not be completed. */
  abort(): void {
    this.body.discard();
  }

  /** Reads the beginning of a section. @returns the bytes behind it. */
  private begin(chunk: Buffer): Buffer {
    const known = this.prefix.length;
    const prefix = Buffer.concat([this.prefix, chunk.subarray(0, MAX_PREFIX_BYTES - known)]);
    const found = readPrefix(prefix);
    if (found === "incomplete" && prefix.length < MAX_PREFIX_BYTES) {
      this.prefix = prefix;
      return NOTHING;
    }
    this.prefix = NOTHING;
    if (found === undefined || found === "incomplete") {
      this.section = unreadable();
      return known === 0 ? chunk : Buffer.concat([prefix, chunk.subarray(prefix.length - known)]);
    }
    this.section = { descriptor: found.descriptor, code: found.code, left: found.length };
    if (BODY.has(found.descriptor)) this.body.expect(found.length);
    if (found.length === 0) this.finish(this.section);
    return chunk.subarray(found.bytes - known);
  }

  private take({ descriptor, left }: Section, piece: Buffer): Promise<void> | undefined {
    if (descriptor === "unreadable" || BODY.has(descriptor)) return this.body.take(piece);
    if (descriptor === APPLICATION_PROPERTIES && !this.headersCut) {
      this.properties.push(piece);
      const bytes = this.properties.reduce((sum, { length }) => sum + length, left);
      if (bytes > MAX_HEAD_BYTES) {
        this.headersCut = true;
        this.properties = [];
      }
    }
    return undefined;
  }

  private finish({ descriptor, code }: Section): void {
    if (descriptor === APPLICATION_PROPERTIES && !this.headersCut) {
      this.headers = textEntries(code, Buffer.concat(this.properties));
      this.properties = [];
    }
    this.section = undefined;
  }
}

/** What cannot be read, to the message's end. */
function unreadable(): Section {
  return { descriptor: "unreadable", code: 0, left: Infinity };
}

/**
 * The beginning of a section: `00`, its descriptor as a number, a type code, and a length where the
 * type has one. Undefined when it is something else.
 */
function readPrefix(
  bytes: Buffer,
): { descriptor: number; code: number; length: number; bytes: number } | "incomplete" | undefined {
  const [zero, width] = bytes;
  if (zero !== undefined && zero !== 0) return undefined;
  if (width === undefined) return "incomplete";
  const small = width === 0x53;
  if (!small && width !== 0x80) return undefined;
  const at = small ? 3 : 10;
  const code = bytes[at];
  if (code === undefined) return "incomplete";
  const descriptor = small ? bytes.readUInt8(2) : Number(bytes.readBigUInt64BE(2));
  const form = layout(code);
  if (form === undefined || !(BODY.has(descriptor) || isOther(descriptor))) return undefined;
  const end = at + 1 + form.prefix;
  if (bytes.length < end) return "incomplete";
  const length = form.prefix === 0 ? form.width : bytes.readUIntBE(at + 1, form.prefix);
  return { descriptor, code, length, bytes: end };
}

function isOther(descriptor: number): boolean {
  return descriptor === APPLICATION_PROPERTIES || SKIPPED.has(descriptor);
}
