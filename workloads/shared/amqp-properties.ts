/**
 * Reads the application properties of an AMQP 1.0 message. The library's decoder trusts the counts
 * that a message claims: one of 20 bytes makes it fill the memory. Here every step is inside the
 * bytes that are there.
 *
 * @see https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-types-v1.0-os.html#section-encodings
 */

/** How the value behind a type code is laid out. */
export interface Layout {
  /** Bytes of the length before the value; 0 where the type says it. */
  readonly prefix: 0 | 1 | 4;
  /** Bytes of the value where the type says it. */
  readonly width: number;
}

const WIDTHS = new Map([
  [0x4, 0],
  [0x5, 1],
  [0x6, 2],
  [0x7, 4],
  [0x8, 8],
  [0x9, 16],
]);

/** The layout of a type code; undefined when no type has it. */
export function layout(code: number): Layout | undefined {
  const category = code >> 4;
  const width = WIDTHS.get(category);
  if (width !== undefined) return { prefix: 0, width };
  if (category >= 0xa) return { prefix: category % 2 === 0 ? 1 : 4, width: 0 };
  return undefined;
}

/** Strings and symbols. */
const TEXTS = new Set([0xa1, 0xb1, 0xa3, 0xb3]);
const SMALL_MAP = 0xc1;
const MAP = 0xd1;

/**
 * The entries of a map whose name and value are texts; of a repeated name the first. What is behind
 * a value that cannot be read is left out.
 *
 * @param code the map's type code.
 * @param content what is behind the map's length.
 */
export function textEntries(code: number, content: Buffer): Map<string, string> {
  const entries = new Map<string, string>();
  if (code !== SMALL_MAP && code !== MAP) return entries;
  // The count of the entries is before them.
  let at = code === MAP ? 4 : 1;
  while (at < content.length) {
    const name = valueAt(content, at);
    const value = name && valueAt(content, name.end);
    if (value === undefined) break;
    if (name?.text !== undefined && value.text !== undefined && !entries.has(name.text)) {
      entries.set(name.text, value.text);
    }
    at = value.end;
  }
  return entries;
}

/** The value at a place: its text, when it is one, and where it ends; undefined when it is none. */
function valueAt(content: Buffer, at: number): { text?: string; end: number } | undefined {
  const code = content[at];
  const form = code === undefined ? undefined : layout(code);
  if (code === undefined || form === undefined) return undefined;
  const start = at + 1 + form.prefix;
  if (start > content.length) return undefined;
  const length = form.prefix === 0 ? form.width : content.readUIntBE(at + 1, form.prefix);
  const end = start + length;
  if (end > content.length) return undefined;
  return TEXTS.has(code) ? { text: content.toString("utf8", start, end), end } : { end };
}
