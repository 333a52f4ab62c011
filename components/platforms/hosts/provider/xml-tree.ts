/** An element or a comment of an XML text, by where it stands. Offsets count characters. */
export interface XmlNode {
  kind: "element" | "comment" | "other";
  /** Of an element: its name, with the prefix. Of a comment: its text. Else empty. */
  name: string;
  start: number;
  end: number;
  /** Of an element: where what is inside of it starts and ends; undefined for the short form `<name/>`. */
  content?: { start: number; end: number };
  /** What is directly inside, text left out. */
  children: XmlNode[];
}

/** An XML text that cannot be taken apart, or has not what is looked for; the message says what to do. */
export class XmlError extends Error {
  override name = "XmlError";
}

const name = "[A-Za-z_:\\x80-\\uffff][\\w.:\\x80-\\uffff-]*";
const reference = "&(?:amp|lt|gt|quot|apos|#\\d+|#x[\\dA-Fa-f]+);";
const quoted = ['"', "'"]
  .map((quote) => `${quote}[^<&${quote}]*(?:${reference}[^<&${quote}]*)*${quote}`)
  .join("|");
const attribute = `\\s+${name}\\s*=\\s*(?:${quoted})`;

/** All that may stand in an XML text, but for document types with definitions of their own. */
const markup = new RegExp(
  [
    `(?<text>[^<&]+|${reference})`,
    "(?<comment><!--(?:(?!--)[^])*-->)",
    "(?<other><!\\[CDATA\\[(?:(?!\\]\\]>)[^])*\\]\\]>)",
    `(?<instruction><\\?${name}(?:\\s(?:(?!\\?>)[^])*)?\\?>)`,
    `(?<doctype><!DOCTYPE\\s(?:[^<>[\\]"']|"[^"]*"|'[^']*')+>)`,
    `</(?<close>${name})\\s*>`,
    `<(?<open>${name})(?<attributes>(?:${attribute})*)\\s*(?<short>/?)>`,
  ].join("|"),
  "y",
);

/** What XML allows nowhere: most control characters, which are also what UTF-16 is full of here. */
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/**
 * Takes an XML text apart without changing it. Its bytes may be in any encoding that has ASCII in it, read as Latin-1.
 *
 * @param xml The text, from its first character on.
 * @returns A node around the whole text.
 * @throws XmlError with the number of the line from which on it is not well-formed.
 */
export function xmlTree(xml: string): XmlNode {
  const root: XmlNode = { ...leaf("element", "", 0, xml.length), content: { start: 0, end: 0 } };
  const open: XmlNode[] = [root];
  // A byte order mark of UTF-8 is no character of the text.
  const first = /^(?:\ufeff|\xef\xbb\xbf)?/.exec(xml)?.[0].length ?? 0;
  const bad = forbidden.exec(xml);
  if (bad) throw malformed(xml, bad.index);
  for (let at = first; at < xml.length; at = markup.lastIndex) {
    markup.lastIndex = at;
    const groups = markup.exec(xml)?.groups;
    const inside = open.at(-1);
    if (!groups || !inside || !fits(groups, at === first, open)) throw malformed(xml, at);
    const end = markup.lastIndex;
    if (groups["open"] !== undefined) {
      const element = leaf("element", groups["open"], at, end);
      inside.children.push(element);
      if (groups["short"] === "") {
        element.content = { start: end, end };
        open.push(element);
      }
    } else if (groups["close"] !== undefined && inside.content) {
      inside.content.end = at;
      inside.end = end;
      open.pop();
    } else if (groups["comment"] !== undefined) {
      inside.children.push(leaf("comment", groups["comment"].slice(4, -3), at, end));
    } else if (groups["text"] === undefined) {
      inside.children.push(leaf("other", "", at, end));
    }
  }
  if (open.length > 1 || !root.children.some(isElement)) throw malformed(xml, xml.length);
  root.content = { start: first, end: xml.length };
  return root;
}

/** Whether the piece may stand where it stands. */
function fits(
  groups: Readonly<Record<string, string | undefined>>,
  isFirst: boolean,
  open: readonly XmlNode[],
): boolean {
  const { text, other, instruction, doctype, close, attributes } = groups;
  const isTop = open.length === 1;
  if (text !== undefined) return isTop ? /^[ \t\r\n]*$/.test(text) : !text.includes("]]>");
  if (other !== undefined) return !isTop;
  if (instruction !== undefined) return isFirst || !/^<\?xml[\s?]/i.test(instruction);
  if (close !== undefined) return !isTop && open.at(-1)?.name === close;
  const hasRoot = open[0]?.children.some(isElement) ?? false;
  if (doctype !== undefined) return isTop && !hasRoot;
  if (attributes === undefined) return true;
  const names = [...attributes.matchAll(new RegExp(attribute, "g"))].map(
    ([one]) => one.trim().split(/\s*=/)[0],
  );
  return !(isTop && hasRoot) && new Set(names).size === names.length;
}

function isElement({ kind }: XmlNode): boolean {
  return kind === "element";
}

function leaf(kind: XmlNode["kind"], name: string, start: number, end: number): XmlNode {
  return { kind, name, start, end, children: [] };
}

function malformed(xml: string, at: number): XmlError {
  const line = xml.slice(0, at).split(/\r\n|\n|\r/).length;
  return new XmlError(
    `is not well-formed XML from line ${String(line)} on; correct it there (xmllint --noout shows what is wrong)`,
  );
}
