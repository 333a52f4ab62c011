import { Body } from "./body";
import type { Spool } from "./protocol";

/**
 * Cuts the bytes of a STOMP 1.2 connection into frames. The library's own parser collects a frame
 * byte by byte in an array of numbers: 16 MiB of body take 630 MiB of memory, 100 MiB 2.5 GiB, so
 * that one large message would stop a collector for good. Here a MESSAGE frame is taken out whole, its
 * body a slice or one buffer, or a stream when it is too large; every other frame is small and goes
 * to the library as it came.
 *
 * @see https://stomp.github.io/stomp-specification-1.2.html
 */

/** What a MESSAGE frame consists of. */
export interface MessageFrame<S extends Spool> {
  headers: Map<string, string>;
  headersCut: boolean;
  body: Buffer | S;
}

/** Who takes the frames. */
export interface FrameEvents<S extends Spool> {
  /** A complete frame that is not a MESSAGE. */
  onControl(frame: Buffer): void;
  onMessage(frame: MessageFrame<S>): void;
  /** A body of more than `maxBytes` begins. */
  spool(): S;
}

const LF = 10;
const CR = 13;
const NUL = 0;
const COLON = 58;
/** One header line, in bytes; RabbitMQ takes 100 KiB from a STOMP client. */
const MAX_LINE_BYTES = 128 * 1024;
/** All headers of a message that are kept, in bytes. */
const MAX_HEAD_BYTES = 256 * 1024;
/** A frame that is not a MESSAGE; an ERROR frame has a few lines. */
const MAX_CONTROL_BYTES = 1024 * 1024;
/** Without these a message cannot be taken from the stream and acknowledged. */
const ESSENTIAL = new Set(["content-length", "ack", "message-id", "subscription"]);

const ESCAPES: Record<string, string> = { "\\r": "\r", "\\n": "\n", "\\c": ":", "\\\\": "\\" };

function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\[rnc\\]/g, (escape) => ESCAPES[escape] ?? escape);
}

/** A stream cutter for one connection; feed it with {@link FrameCutter.push}. */
export class FrameCutter<S extends Spool> {
  private state: "between" | "command" | "head" | "body" | "end" = "between";
  /** Pieces of a line whose end has not come yet. */
  private line: Buffer[] = [];
  private lineBytes = 0;
  private frame = newFrame<S>();

  constructor(
    private readonly maxBytes: number,
    private readonly events: FrameEvents<S>,
  ) {}

  /**
   * Takes the next bytes. Returns a promise while a spool is busy: the next bytes must wait for it.
   *
   * @throws Error when the bytes are not STOMP.
   */
  push(chunk: Buffer): Promise<void> | undefined {
    let at = 0;
    while (at < chunk.length) {
      let busy: Promise<void> | undefined;
      if (this.state === "body") {
        const end = this.bodyEnd(chunk, at);
        busy = this.takeBody(chunk.subarray(at, end));
        at = end;
      } else if (this.state === "end") {
        if (chunk[at] !== NUL) throw new Error("STOMP frame without its end");
        at += 1;
        busy = this.finish();
      } else if (this.state === "between") {
        // Line ends between frames are heartbeats.
        const byte = chunk[at];
        if (byte === LF || byte === CR || byte === NUL) at += 1;
        else this.state = "command";
      } else {
        at = this.takeLine(chunk, at);
      }
      if (busy !== undefined) {
        const rest = chunk.subarray(at);
        return busy.then(() => this.push(rest));
      }
    }
    return undefined;
  }

  /** The connection is over: an unfinished body goes nowhere. */
  abort(): void {
    this.frame.body?.discard();
    this.frame = newFrame();
  }

  private takeLine(chunk: Buffer, at: number): number {
    const found = chunk.indexOf(LF, at);
    const end = found === -1 ? chunk.length : found;
    const room = MAX_LINE_BYTES - this.lineBytes;
    if (end - at > room) {
      if (this.frame.command !== MESSAGE) throw new Error("STOMP frame with an endless line");
      this.frame.headersCut = true;
    }
    const piece = chunk.subarray(at, Math.min(end, at + room));
    this.lineBytes += piece.length;
    if (found === -1) {
      this.line.push(piece);
      return chunk.length;
    }
    let line = this.line.length === 0 ? piece : Buffer.concat([...this.line, piece]);
    this.line = [];
    this.lineBytes = 0;
    if (line[line.length - 1] === CR) line = line.subarray(0, -1);
    if (this.state === "command") {
      this.frame.command = line.toString();
      this.frame.head.push(line, NEWLINE);
      this.state = "head";
    } else if (line.length > 0) {
      this.takeHeader(line);
    } else {
      this.startBody();
    }
    return found + 1;
  }

  private takeHeader(line: Buffer): void {
    const { frame } = this;
    const colon = line.indexOf(COLON);
    const name = unescape(line.toString("utf8", 0, colon === -1 ? line.length : colon));
    frame.headBytes += line.length;
    if (frame.command !== MESSAGE) {
      if (frame.headBytes > MAX_CONTROL_BYTES) throw new Error("STOMP frame with endless headers");
      frame.head.push(line, NEWLINE);
    } else if (frame.headBytes > MAX_HEAD_BYTES && !ESSENTIAL.has(name)) {
      frame.headersCut = true;
      return;
    }
    // The first of repeated headers holds (STOMP 1.2, "Repeated Header Entries").
    if (frame.headers.has(name)) return;
    frame.headers.set(
      name,
      unescape(line.toString("utf8", colon === -1 ? line.length : colon + 1)),
    );
  }

  private startBody(): void {
    const { frame } = this;
    frame.body =
      frame.command === MESSAGE
        ? new Body(this.maxBytes, () => this.events.spool())
        : new Body(MAX_CONTROL_BYTES, endlessBody);
    const length = frame.headers.get("content-length");
    if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw new Error("STOMP frame with a bad content-length");
      frame.length = Number(length);
      frame.body.expect(frame.length);
    }
    this.state = frame.length === 0 ? "end" : "body";
  }

  /** Where the body ends in this chunk: by its length, or without one at the first NUL. */
  private bodyEnd(chunk: Buffer, at: number): number {
    const { length, bodyBytes } = this.frame;
    const found = length === undefined ? chunk.indexOf(NUL, at) : at + length - bodyBytes;
    if (found !== -1 && found <= chunk.length) this.state = "end";
    return found === -1 ? chunk.length : Math.min(chunk.length, found);
  }

  private takeBody(piece: Buffer): Promise<void> | undefined {
    this.frame.bodyBytes += piece.length;
    return this.frame.body?.take(piece);
  }

  private finish(): Promise<void> | undefined {
    const { frame } = this;
    this.state = "between";
    this.frame = newFrame();
    const busy = frame.body?.end();
    if (busy === undefined) this.emit(frame);
    return busy?.then(() => {
      this.emit(frame);
    });
  }

  private emit({ command, head, headers, headersCut, body }: Frame<S>): void {
    const content = body?.content ?? Buffer.alloc(0);
    if (command === MESSAGE) this.events.onMessage({ headers, headersCut, body: content });
    else if (Buffer.isBuffer(content)) {
      this.events.onControl(Buffer.concat([...head, NEWLINE, content, ZERO]));
    }
  }
}

function endlessBody(): never {
  throw new Error("STOMP frame with an endless body");
}

const MESSAGE = "MESSAGE";
const NEWLINE = Buffer.from("\n");
const ZERO = Buffer.alloc(1);

/** The frame that is being read. */
interface Frame<S extends Spool> {
  command: string;
  /** The lines as they came, kept for the library. */
  head: Buffer[];
  headBytes: number;
  headers: Map<string, string>;
  headersCut: boolean;
  /** Of the body, when the frame says it. */
  length: number | undefined;
  bodyBytes: number;
  body: Body<S> | undefined;
}

function newFrame<S extends Spool>(): Frame<S> {
  return {
    command: "",
    head: [],
    headBytes: 0,
    headers: new Map(),
    headersCut: false,
    length: undefined,
    bodyBytes: 0,
    body: undefined,
  };
}
