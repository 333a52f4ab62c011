import * as fc from "fast-check";
import { message } from "rhea";
import { expect, test } from "vitest";
import { MessageCutter } from "../../../workloads/shared/amqp-message";
import { MemorySpool } from "./memory-spool";

/** Feeds the bytes in pieces of the given sizes, and says what came out. */
async function cut(bytes: Buffer, sizes: number[] = [bytes.length || 1], maxBytes = 1_000_000) {
  const spools: MemorySpool[] = [];
  const cutter = new MessageCutter(maxBytes, () => {
    const spool = new MemorySpool();
    spools.push(spool);
    return spool;
  });
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    await cutter.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  await cutter.end();
  const { content } = cutter;
  const spooled = !Buffer.isBuffer(content);
  if (spooled) expect(content.ended).toBe(true);
  const body = spooled ? Buffer.concat(content.parts) : content;
  const { headers, headersCut } = cutter;
  return { headers: Object.fromEntries(headers), headersCut, body, spooled, cutter, spools };
}

const encoded = (properties: Record<string, unknown>, body: unknown): Buffer =>
  message.encode({
    durable: true,
    message_id: "id",
    message_annotations: { "x-note": [1, { a: null }] },
    application_properties: properties,
    body,
    footer: { end: true },
  });

test("a message comes out whole, however its bytes are cut", async () => {
  const name = fc.string({ unit: "binary", maxLength: 8 }).filter((text) => text !== "__proto__");
  const properties = fc.dictionary(name, fc.string({ unit: "binary", maxLength: 300 }), {
    maxKeys: 4,
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(
      properties,
      fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 500 }),
      async (headers, sections, sizes, maxBytes) => {
        const parts = sections.map((section) => Buffer.from(section));
        const bytes = encoded(headers, message.data_sections(parts));
        const whole = Buffer.concat(parts);
        const seen = await cut(bytes, sizes, maxBytes);
        expect(seen.headers).toEqual(headers);
        expect(seen.body.equals(whole)).toBe(true);
        expect(seen.spooled).toBe(whole.length > maxBytes);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ["text", "näme", Buffer.from("näme")],
  ["binary", Buffer.from([0, 1, 255]), Buffer.from([0, 1, 255])],
  ["nothing", null, Buffer.alloc(0)],
  ["empty data", message.data_section(Buffer.alloc(0)) as unknown, Buffer.alloc(0)],
])("a body of %s is its bytes", async (_, body, expected) => {
  expect((await cut(encoded({}, body), [3])).body).toStrictEqual(expected);
});

test("of properties only texts are headers, and of repeated ones the first", async () => {
  const values = { a: "1", number: 7, yes: true, none: null, binary: Buffer.from("x"), z: "2" };
  expect((await cut(encoded(values, ""))).headers).toStrictEqual({ a: "1", z: "2" });
  const twice = Buffer.from("005374c10d04a10161a10131a10161a10132", "hex");
  expect((await cut(twice)).headers).toStrictEqual({ a: "1" });
});

test("properties without end are dropped", async () => {
  const wide = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`h${String(index)}`, "x".repeat(100_000)]),
  );
  const seen = await cut(encoded(wide, message.data_section(Buffer.from("body"))), [65_536]);
  expect([seen.headersCut, seen.headers, seen.body.toString()]).toStrictEqual([true, {}, "body"]);
});

test("a count that is not true costs nothing", async () => {
  // A map of 2^32 - 1 entries, and an array of as many values that take no byte.
  const map = Buffer.from("005374d100000004ffffffff", "hex");
  expect((await cut(map)).headers).toStrictEqual({});
  const array = Buffer.from("005374d1000000110000000aa10161f000000005ffffffff40", "hex");
  expect((await cut(array)).headers).toStrictEqual({});
});

test("what is no message is the body of one without headers", async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).filter(([first]) => first !== 0);
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 7 }), async (raw, size) => {
      const seen = await cut(Buffer.from(raw), [size]);
      expect(seen.headers).toStrictEqual({});
      expect(seen.body.equals(Buffer.from(raw))).toBe(true);
    }),
  );
  // Behind a good body it makes another one of it: no signature fits.
  const good = encoded({ a: "1" }, message.data_section(Buffer.from("good")));
  const seen = await cut(Buffer.concat([good, Buffer.from("more")]), [2]);
  expect([seen.headers, seen.body.toString()]).toStrictEqual([{ a: "1" }, "goodmore"]);
});

test("whatever comes, nothing is thrown and no byte is invented", async () => {
  const opening = fc.constantFrom("005374", "005375b0", "005377", "00537300", "0080", "0053", "00");
  await fc.assert(
    fc.asyncProperty(opening, fc.uint8Array({ maxLength: 200 }), async (hex, rest) => {
      const bytes = Buffer.concat([Buffer.from(hex, "hex"), rest]);
      const seen = await cut(bytes, [5]);
      expect(seen.body.length).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 1000 },
  );
});

test("a message that is broken off gives its spool back", async () => {
  const bytes = encoded({}, message.data_section(Buffer.alloc(100)));
  const spools: MemorySpool[] = [];
  const cutter = new MessageCutter(20, () => {
    const spool = new MemorySpool();
    spools.push(spool);
    return spool;
  });
  await cutter.push(bytes.subarray(0, -40));
  cutter.abort();
  expect(spools.map(({ discarded }) => discarded)).toStrictEqual([true]);
});
