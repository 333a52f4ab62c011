import fc from "fast-check";
import { XMLParser } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import {
  entryXml,
  putBlock,
  readBlock,
  removeBlock,
  type AuthorizationLine,
} from "../../../components/platforms/hosts/provider/authorization-block";
import { XmlError } from "../../../components/platforms/hosts/provider/xml-tree";

const entry = entryXml({ queue: "kermit.log", read: "noc", write: "kermit,noc", admin: "admins" });

const around = (list: string): string =>
  `<beans>\n  <plugins>\n    <authorizationPlugin><map><authorizationMap>\n      ${list}\n    </authorizationMap></map></authorizationPlugin>\n  </plugins>\n</beans>\n`;

const begin =
  '<!-- mq "prod": what is between these comments is replaced by up and removed by destroy -->';
const end = '<!-- end of mq "prod" -->';

describe("our entries in an activemq.xml", () => {
  test("K32: they stand behind those that are there, indented as those are", () => {
    const before = around(
      '<authorizationEntries>\n        <authorizationEntry queue=">" read="a" write="a" admin="a" /> <!-- all -->\n      </authorizationEntries>',
    );
    expect(putBlock(before, "prod", [entry])).toBe(
      around(
        [
          "<authorizationEntries>",
          '        <authorizationEntry queue=">" read="a" write="a" admin="a" /> <!-- all -->',
          `        ${begin}`,
          '        <authorizationEntry queue="kermit.log" read="noc" write="kermit,noc" admin="admins"/>',
          `        ${end}`,
          "      </authorizationEntries>",
        ].join("\n"),
      ),
    );
  });

  test.each([
    ["<authorizationEntries />", ["<authorizationEntries >", `        ${begin.replace(":", ", in place of />:")}`, `        ${entry}`, `        ${end}`, "      </authorizationEntries>"].join("\n")], // prettier-ignore
    ["<authorizationEntries></authorizationEntries>", `<authorizationEntries>\n        ${begin}\n        ${entry}\n        ${end}</authorizationEntries>`], // prettier-ignore
    ["<authorizationEntries><a/></authorizationEntries>", `<authorizationEntries><a/>${begin}${entry}${end}</authorizationEntries>`], // prettier-ignore
    ["<q:authorizationEntries>\r\n\t<q:a/>\r\n</q:authorizationEntries>", `<q:authorizationEntries>\r\n\t<q:a/>\r\n\t${begin}\r\n\t${entry.replace("<", "<q:")}\r\n\t${end}\r\n</q:authorizationEntries>`], // prettier-ignore
  ])("K32: %j, line ends and prefixes are kept", (list, expected) => {
    const after = putBlock(around(list), "prod", [entry]);
    expect(after).toBe(around(expected));
    expect(readBlock(after, "prod")).toEqual([entry]);
    expect(removeBlock(after, "prod")).toBe(around(list));
  });

  test("K32: what others write meanwhile stays, also where the list was empty", () => {
    const after = putBlock(around("<authorizationEntries/>"), "prod", [entry]);
    const theirs = after.replace("</authorizationEntries>", "  <other/></authorizationEntries>");
    expect(putBlock(theirs, "prod", [entry])).toBe(theirs);
    expect(removeBlock(theirs, "prod")).toBe(
      around("<authorizationEntries>\n        <other/></authorizationEntries>"),
    );
  });

  test("K32: other entries take the place of ours, and an edit in our part is seen", () => {
    const before = around("<authorizationEntries>\n<a/>\n</authorizationEntries>");
    const other = entryXml({ topic: "t", read: "", write: "", admin: "x" });
    const after = putBlock(before, "prod", [entry]);
    expect(readBlock(after.replace("noc", "eve"), "prod")).toEqual([entry.replace("noc", "eve")]);
    expect(readBlock(before, "prod")).toEqual([]);
    expect(putBlock(after, "prod", [other, entry])).toBe(putBlock(before, "prod", [other, entry]));
  });

  test("K32: each of several stacks has its own part", () => {
    const before = around("<authorizationEntries/>");
    const both = putBlock(putBlock(before, "a", [entry]), "a--b-", [entry]);
    expect(readBlock(both, "a--b-")).toEqual([entry]);
    expect(removeBlock(removeBlock(both, "a--b-"), "a")).toBe(before);
    expect(removeBlock(removeBlock(both, "a"), "a--b-")).toBe(
      before.replace("/>", ">\n      </authorizationEntries>"),
    );
  });

  test("K32: a broker without a list of entries is refused, with what it needs", () => {
    const mend =
      "add <authorizationPlugin><map><authorizationMap><authorizationEntries/></authorizationMap></map></authorizationPlugin> to the plugins of the broker, with entries for the users that it has";
    const none = new XmlError(
      `has no authorizationPlugin: every user of that broker may do everything; ${mend}`,
    );
    for (const xml of [
      "<broker/>",
      "<broker><!-- <authorizationPlugin><authorizationEntries/></authorizationPlugin> --></broker>",
      "<broker><![CDATA[<authorizationPlugin><authorizationEntries/></authorizationPlugin>]]></broker>",
      "<broker><authorizationEntries/></broker>",
    ]) {
      expect(() => putBlock(xml, "prod", [entry])).toThrow(none);
    }
    expect(() =>
      putBlock("<b><authorizationPlugin><map/></authorizationPlugin></b>", "prod", [entry]),
    ).toThrow(new XmlError(`has an authorizationPlugin without authorizationEntries; ${mend}`));
  });

  test("K32: half of our part is not guessed at", () => {
    const after = putBlock(around("<authorizationEntries/>"), "prod", [entry]);
    const message =
      'has not exactly one pair of the comments <!-- mq "prod": … --> and <!-- end of mq "prod" --> any more; remove what is left of them, with our entries';
    for (const xml of [
      after.replace(end, ""),
      after.replace(/<!-- mq "prod".*-->/, ""),
      after.replace(end, end + end),
    ]) {
      expect(() => putBlock(xml, "prod", [entry])).toThrow(new XmlError(message));
      expect(() => removeBlock(xml, "prod")).toThrow(new XmlError(message));
    }
  });
});

const list = "authorizationEntries";

/** Latin-1, which bytes of any encoding look like, without what has a meaning in XML. */
const bytes = fc
  .string({ unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)) })
  .map((text) => text.replace(/[<&>"\]-]/g, ""));

/** A well-formed activemq.xml as somebody might have written it. */
const brokerXml = fc
  .record({
    start: fc.constantFrom("", "\xef\xbb\xbf", '<?xml version="1.0"?>'),
    eol: fc.constantFrom("\n", "\r\n", "\r", ""),
    indents: fc.array(fc.constantFrom("", " ", "  ", "\t", "\t  "), { minLength: 1 }),
    prefix: fc.constantFrom("", "amq:"),
    form: fc.constantFrom("/>", " />", "\n/>", ">", " >"),
    before: fc.array(fc.nat(6), { maxLength: 3 }),
    inside: fc.array(fc.nat(7), { maxLength: 4 }),
    after: fc.array(fc.nat(6), { maxLength: 3 }),
    text: bytes,
  })
  .map(({ start, eol, indents, prefix, form, before, inside, after, text }) => {
    const pieces = [
      `<!-- ${text} <${list}><a> -->`,
      `<![CDATA[<${list}>${text}<!--]]>`,
      `<b c='"&lt;${list}/>'/>`,
      `<b c=">${text}">${text}</b>`,
      `<?b <${list}?>`,
      `<b><${list}.b/></b >`,
      "",
      `<${prefix}authorizationEntry queue="${text}"/>`,
    ];
    let line = 0;
    const lines = (numbers: number[]): string =>
      numbers
        .map((number) => `${indents[line++ % indents.length] ?? ""}${pieces[number] ?? ""}${eol}`)
        .join("");
    const body = form.endsWith("/>") ? form : `${form}${eol}${lines(inside)}</${prefix}${list}>`;
    const plugin = `${prefix}authorizationPlugin`;
    return [
      `${start}<beans>${eol}${lines(before)}<${plugin}>${eol}`,
      `${indents[0] ?? ""}<${prefix}${list}${body}`,
      `${lines(after)}</${plugin}>${eol}</beans>${eol}`,
    ].join("");
  });

const value = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .filter((text) => /^[^\p{Cc}\p{Cs}]*$/u.test(text));
const line: fc.Arbitrary<AuthorizationLine> = fc
  .record({ destination: value, queue: fc.boolean(), read: value, write: value, admin: value })
  .map(({ destination, queue, ...groups }) => ({
    ...(queue ? { queue: destination } : { topic: destination }),
    ...groups,
  }));
const lines = fc.array(line, { minLength: 1, maxLength: 4 });

/** The entries of a file as another parser reads them. */
function entriesOf(xml: string): unknown[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: "",
    removeNSPrefix: true,
    htmlEntities: true,
    trimValues: false,
    parseAttributeValue: false,
  });
  type Parsed = Record<string, unknown>;
  const found: unknown[] = [];
  const walk = (nodes: Parsed[], isList: boolean): void => {
    for (const node of nodes) {
      for (const [name, children] of Object.entries(node)) {
        if (isList && name === "authorizationEntry") found.push(node[":@"] ?? {});
        if (Array.isArray(children)) walk(children as Parsed[], name === "authorizationEntries");
      }
    }
  };
  walk(parser.parse(xml) as Parsed[], false);
  return found;
}

describe("any activemq.xml, any entries", () => {
  test("K32: what is added and removed again leaves every byte as it was", () => {
    fc.assert(
      fc.property(brokerXml, lines, lines, (xml, first, second) => {
        const after = putBlock(xml, "prod", first.map(entryXml));
        expect(removeBlock(after, "prod")).toBe(xml);
        expect(removeBlock(putBlock(after, "prod", second.map(entryXml)), "prod")).toBe(xml);
        expect(removeBlock(xml, "prod")).toBe(xml);
      }),
      { numRuns: 1000 },
    );
  });

  test("K32: ours are one piece, all around it is kept, and the same again is no change", () => {
    fc.assert(
      fc.property(brokerXml, lines, (xml, wanted) => {
        const entries = wanted.map(entryXml);
        const after = putBlock(xml, "prod", entries);
        expect(putBlock(after, "prod", entries)).toBe(after);
        expect(readBlock(after, "prod")).toEqual(entries);
        // The short form of an empty list is all that is written in another way.
        const long = xml.replace(/<((?:amq:)?authorizationEntries)(\s*)\/>/, "<$1$2></$1>");
        let head = 0;
        while (head < long.length && long[head] === after[head]) head++;
        let tail = 0;
        while (tail < long.length - head && long.at(-1 - tail) === after.at(-1 - tail)) tail++;
        expect(head + tail).toBe(long.length);
      }),
      { numRuns: 1000 },
    );
  });

  test("K32: another parser reads ours behind those that were there", () => {
    fc.assert(
      fc.property(brokerXml, lines, (xml, wanted) => {
        const after = putBlock(xml, "prod", wanted.map(entryXml));
        expect(entriesOf(after)).toEqual([...entriesOf(xml), ...wanted]);
      }),
      { numRuns: 500 },
    );
  });
});
