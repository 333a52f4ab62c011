import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameCutter } from "../../../workloads/shared/stomp-frames";
import { MemorySpool } from "./memory-spool";

interface Seen {
  headers: Record<string, string>;
  body: string;
  spooled: boolean;
  headersCut: boolean;
}

/** Feeds the bytes in pieces of the given sizes, and says what came out. */
async function cut(bytes: Buffer, sizes: number[], maxBytes = 1_000_000) {
  const messages: Seen[] = [];
  const control: string[] = [];
  const spools: MemorySpool[] = [];
  const cutter = new FrameCutter<MemorySpool>(maxBytes, {
    onControl: (frame) => control.push(frame.toString("latin1")),
    onMessage: ({ headers, headersCut, body }) => {
      const spooled = !Buffer.isBuffer(body);
      const held = spooled ? Buffer.concat(body.parts) : body;
      if (spooled) expect(body.ended).toBe(true);
      messages.push({
        headers: Object.fromEntries(headers),
        body: held.toString("latin1"),
        spooled,
        headersCut,
      });
    },
    spool: () => {
      const spool = new MemorySpool();
      spools.push(spool);
      return spool;
    },
  });
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    await cutter.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return { messages, control, spools, cutter };
}

const escape = (text: string): string =>
  text.replace(/[\\\r\n:]/g, (char) => ({ "\\": "\\\\", "\r": "\\r", "\n": "\\n" })[char] ?? "\\c");

function frame(
  command: string,
  headers: Record<string, string>,
  body: Buffer,
  sized = true,
): Buffer {
  const all = sized ? { ...headers, "content-length": String(body.length) } : headers;
  const lines = Object.entries(all).map(([name, value]) => `${escape(name)}:${escape(value)}\n`);
  return Buffer.concat([Buffer.from(`${command}\n${lines.join("")}\n`), body, Buffer.alloc(1)]);
}

test("frames come out whole, however the bytes are cut", async () => {
  const header = fc.dictionary(
    fc
      .string({ unit: "binary", minLength: 1, maxLength: 8 })
      .filter((name) => name !== "content-length"),
    fc.string({ unit: "binary", maxLength: 12 }),
    { maxKeys: 4, noNullPrototype: true },
  );
  const message = fc.record({
    headers: header,
    body: fc.uint8Array({ maxLength: 300 }),
    sized: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 300 }),
      async (frames, sizes, maxBytes) => {
        // Without a length a body cannot hold a NUL.
        const whole = frames.map(({ headers, body, sized }) => {
          const bytes = Buffer.from(sized ? body : body.filter((byte) => byte !== 0));
          return { headers, bytes, sized };
        });
        const sent = whole.map(({ headers, bytes, sized }) =>
          frame("MESSAGE", headers, bytes, sized),
        );
        const { messages } = await cut(
          Buffer.concat(sent.flatMap((it) => [it, Buffer.from("\n\r\n")])),
          sizes,
          maxBytes,
        );
        expect(messages).toEqual(
          whole.map(({ headers, bytes, sized }) => ({
            headers: sized ? { ...headers, "content-length": String(bytes.length) } : headers,
            body: bytes.toString("latin1"),
            spooled: bytes.length > maxBytes,
            headersCut: false,
          })),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("other frames go on as they came", async () => {
  const frames = [
    "CONNECTED\nversion:1.2\nserver:RabbitMQ/3.10.8\nheart-beat:0,0\n\n\0",
    "RECEIPT\r\nreceipt-id:receipt-1\r\n\r\n\0",
    "ERROR\nmessage:not_found\ncontent-length:4\n\na\0bc\0",
  ];
  const { control } = await cut(Buffer.from(frames.join("\n\n")), [3]);
  expect(control).toEqual(frames.map((text) => text.replaceAll("\r\n", "\n")));
});

test("of repeated headers the first holds", async () => {
  const { messages } = await cut(Buffer.from("MESSAGE\nack:1\nack:2\n\nx\0"), [1]);
  expect(messages[0]?.headers).toEqual({ ack: "1" });
});

test("headers without end are dropped, but for those that the message needs", async () => {
  const wide = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`h${String(index)}`, "x".repeat(100_000)]),
  );
  const line = { endless: "y".repeat(5_000_000) };
  const bytes = [
    frame("MESSAGE", { ...wide, ack: "a", "message-id": "b" }, Buffer.from("1")),
    frame("MESSAGE", { ...line, ack: "c" }, Buffer.from("2")),
    frame("MESSAGE", { ack: "d" }, Buffer.from("3")),
  ];
  const { messages } = await cut(Buffer.concat(bytes), [65_536]);
  expect(messages.map(({ body, headersCut }) => [body, headersCut])).toEqual([
    ["1", true],
    ["2", true],
    ["3", false],
  ]);
  expect(messages.map(({ headers }) => headers["ack"])).toEqual(["a", "c", "d"]);
  expect(JSON.stringify(messages).length).toBeLessThan(500_000);
});

test("a connection that ends in the middle of a spooled body gives the spool back", async () => {
  const bytes = frame("MESSAGE", { ack: "1" }, Buffer.alloc(100)).subarray(0, 80);
  const { messages, spools, cutter } = await cut(bytes, [10], 20);
  expect(messages).toEqual([]);
  cutter.abort();
  expect(spools.map(({ discarded }) => discarded)).toEqual([true]);
});

test("what is not STOMP ends the connection instead of the memory", async () => {
  const fails = (text: string | Buffer): Promise<unknown> =>
    cut(Buffer.from(text), [65_536]).then(
      () => "fine",
      (error: unknown) => (error as Error).message,
    );
  expect(await fails("MESSAGE\ncontent-length:x\n\n")).toBe(
    "STOMP frame with a bad content-length",
  );
  expect(await fails("MESSAGE\ncontent-length:1\n\nxy\0")).toBe("STOMP frame without its end");
  expect(await fails("HTTP/1.1 400 ".padEnd(300_000, "x"))).toBe(
    "STOMP frame with an endless line",
  );
  expect(await fails(`ERROR\n${"a:b\n".repeat(500_000)}`)).toBe("STOMP frame with endless headers");
  expect(await fails(`ERROR\n\n${"x".repeat(2_000_000)}`)).toBe("STOMP frame with an endless body");
});
