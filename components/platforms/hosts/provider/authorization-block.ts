import { XmlError, type XmlNode, xmlTree } from "./xml-tree";

/** Who may do what with a destination, as ActiveMQ Classic has it: groups, separated by commas. */
export interface AuthorizationLine {
  queue?: string | undefined;
  topic?: string | undefined;
  read: string;
  write: string;
  admin: string;
}

/** Our part of an `activemq.xml`, between two comments. */
interface Block {
  begin: XmlNode;
  end: XmlNode;
  /** What it stands in. */
  parent: XmlNode;
}

/** Why the broker needs what is looked for, and how it gets it. */
const mend =
  "add <authorizationPlugin><map><authorizationMap><authorizationEntries/></authorizationMap></map></authorizationPlugin> to the plugins of the broker, with entries for the users that it has";

/** An entry as XML, for the namespace that stands there without a prefix. */
export function entryXml({ queue, topic, ...groups }: AuthorizationLine): string {
  const attributes = Object.entries({ queue, topic, ...groups })
    .flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escaped(value)}"`]))
    .join("");
  return `<authorizationEntry${attributes}/>`;
}

/**
 * The entries that stand between our comments, as {@link entryXml} writes them; none where there are no such comments
 * in the list that they belong to.
 *
 * @param xml An `activemq.xml`, its bytes read as Latin-1.
 * @param name The name in our comments.
 * @throws XmlError when it is not XML, has no list for entries, or one of our two comments only.
 */
export function readBlock(xml: string, name: string): string[] {
  const tree = xmlTree(xml);
  const list = entriesList(tree);
  const block = findBlock(tree, name);
  if (block?.parent !== list) return [];
  const prefix = prefixOf(list);
  return list.children
    .filter(({ start }) => block.begin.end <= start && start < block.end.start)
    .map(({ start, end }) => xml.slice(start, end))
    .map((entry) =>
      entry.startsWith(`<${prefix}`) ? `<${entry.slice(1 + prefix.length)}` : entry,
    );
}

/**
 * Puts entries behind those that are there, in the first `authorizationEntries` of an `authorizationPlugin`. Nothing else
 * changes; nothing at all where they are there already.
 *
 * @param xml An `activemq.xml`, its bytes read as Latin-1.
 * @param name The name in our comments.
 * @param entries Entries as {@link entryXml} writes them.
 * @throws XmlError as {@link readBlock} does.
 */
export function putBlock(xml: string, name: string, entries: readonly string[]): string {
  const found = readBlock(xml, name);
  if (found.length > 0 && found.join() === entries.join()) return xml;
  const bare = removeBlock(xml, name);
  const list = entriesList(xmlTree(bare));
  const prefix = prefixOf(list);
  const own = entries.map((entry) => `<${prefix}${entry.slice(1)}`);
  const isShort = list.content === undefined;
  const last = list.children.at(-1)?.end ?? list.content?.start ?? list.end;
  const { outer, inner } = linesOf(bare, list);
  const block = [beginComment(name, isShort), ...own, endComment(name)]
    .map((line) => inner + line)
    .join("");
  return isShort
    ? `${bare.slice(0, last - "/>".length)}>${block}${outer}</${list.name}>${bare.slice(last)}`
    : bare.slice(0, last) + block + bare.slice(last);
}

/**
 * Takes out what {@link putBlock} put in, to the byte; what others have written meanwhile stays.
 *
 * @param xml An `activemq.xml`, its bytes read as Latin-1.
 * @param name The name in our comments.
 * @throws XmlError when it is not XML, or has one of our two comments only.
 */
export function removeBlock(xml: string, name: string): string {
  const block = findBlock(xmlTree(xml), name);
  if (block === undefined) return xml;
  const { begin, end, parent } = block;
  const { start = begin.start, end: stop = end.end } = parent.content ?? {};
  const before = xml.slice(start, begin.start).replace(/(\r\n|\n|\r)[ \t]*$/, "");
  const rest = before + xml.slice(end.end, stop);
  return begin.name === commentText(beginComment(name, true)) && /^\s*$/.test(rest)
    ? `${xml.slice(0, start - ">".length)}/>${xml.slice(parent.end)}`
    : xml.slice(0, start) + rest + xml.slice(stop);
}

function findBlock(tree: XmlNode, name: string): Block | undefined {
  const begins = [true, false].map((isShort) => commentText(beginComment(name, isShort)));
  const ends = [commentText(endComment(name))];
  const find = (texts: string[]): { node: XmlNode; parent: XmlNode }[] =>
    nodes(tree).filter(({ node }) => node.kind === "comment" && texts.includes(node.name));
  const [begin, ...moreBegins] = find(begins);
  const [end, ...moreEnds] = find(ends);
  if (begin === undefined && end === undefined) return undefined;
  if (
    begin?.parent !== end?.parent ||
    begin === undefined ||
    end === undefined ||
    begin.node.start > end.node.start ||
    moreBegins.length + moreEnds.length > 0
  ) {
    throw new XmlError(
      `has not exactly one pair of the comments <!-- mq ${quotedName(name)}: … --> and ${endComment(name)} any more; remove what is left of them, with our entries`,
    );
  }
  return { begin: begin.node, end: end.node, parent: begin.parent };
}

/** The first list of entries that a broker goes by. */
function entriesList(tree: XmlNode): XmlNode {
  const plugins = elements(tree, "authorizationPlugin");
  if (plugins.length === 0) {
    throw new XmlError(
      `has no authorizationPlugin: every user of that broker may do everything; ${mend}`,
    );
  }
  const [list] = plugins.flatMap((plugin) => elements(plugin, "authorizationEntries"));
  if (list === undefined) {
    throw new XmlError(`has an authorizationPlugin without authorizationEntries; ${mend}`);
  }
  return list;
}

function elements(tree: XmlNode, localName: string): XmlNode[] {
  return nodes(tree).flatMap(({ node }) =>
    node.kind === "element" && node.name.split(":").at(-1) === localName ? [node] : [],
  );
}

/** All that is below a node, in the order of the text, with what it is directly in. */
function nodes(parent: XmlNode): { node: XmlNode; parent: XmlNode }[] {
  return parent.children.flatMap((node) => [{ node, parent }, ...nodes(node)]);
}

function prefixOf({ name }: XmlNode): string {
  return name.slice(0, name.indexOf(":") + 1);
}

/** The starts of new lines, with their indentation, outside and inside of a list; empty where it is all one line. */
function linesOf(xml: string, list: XmlNode): { outer: string; inner: string } {
  const lineBefore = (start: number): string =>
    /(?:\r\n|\n|\r)[ \t]*$/.exec(xml.slice(0, start))?.[0] ?? "";
  const outer = lineBefore(list.start);
  const [first] = list.children;
  if (first) return { outer, inner: lineBefore(first.start) };
  return { outer, inner: outer === "" ? "" : outer + (outer.includes("\t") ? "\t" : "  ") };
}

/** @param isShort Whether the list was written `<authorizationEntries/>`, and is to be so again. */
function beginComment(name: string, isShort: boolean): string {
  const form = isShort ? ", in place of />" : "";
  return `<!-- mq ${quotedName(name)}${form}: what is between these comments is replaced by up and removed by destroy -->`;
}

function endComment(name: string): string {
  return `<!-- end of mq ${quotedName(name)} -->`;
}

function commentText(comment: string): string {
  return comment.slice("<!--".length, -"-->".length);
}

/** A comment must not hold `--`. */
function quotedName(name: string): string {
  return `"${name.replace(/-(?=-)/g, "%2D")}"`;
}

/** In ASCII, whatever the file's encoding is; `>` is plain, for it is how one reads and finds wildcards. */
function escaped(value: string): string {
  return value.replace(
    /[&<"]|[^ -~]/gu,
    (character) => `&#x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()};`,
  );
}
