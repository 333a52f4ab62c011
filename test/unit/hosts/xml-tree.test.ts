import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  XmlError,
  type XmlNode,
  xmlTree,
} from "../../../components/platforms/hosts/provider/xml-tree";

/** What a tree says of a text, in short. */
function outline(xml: string): string {
  const describe = ({ kind, name, start, end, content, children }: XmlNode): string => {
    if (kind === "comment") return `comment(${name})`;
    if (kind === "other") return `other(${xml.slice(start, end)})`;
    const inside = content && xml.slice(content.start, content.end);
    return `${name}[${inside ?? "/"}](${children.map(describe).join(" ")})`;
  };
  return xmlTree(xml).children.map(describe).join(" ");
}

const malformed = (line: number) =>
  new XmlError(
    `is not well-formed XML from line ${String(line)} on; correct it there (xmllint --noout shows what is wrong)`,
  );

describe("an XML text by its places", () => {
  test.each([
    ["<a/>", "a[/]()"],
    ["<a></a >", "a[]()"],
    ['<x:a  b = \'"\' c=">"\n>t<x:b /></x:a>', "x:a[t<x:b />](x:b[/]())"],
    ["<a><a>1</a>2</a>", "a[<a>1</a>2](a[1]())"],
    ["<a><!--<b>--><![CDATA[</a><!--]]></a>", "a[<!--<b>--><![CDATA[</a><!--]]>](comment(<b>) other(<![CDATA[</a><!--]]>))"], // prettier-ignore
    ['<?xml version="1.0"?>\r\n<!-- x -->\n<!DOCTYPE a SYSTEM ">"><a>&lt;&#65;&#x41;</a>\n', 'other(<?xml version="1.0"?>) comment( x ) other(<!DOCTYPE a SYSTEM ">">) a[&lt;&#65;&#x41;]()'], // prettier-ignore
    ["<a><?p </a>?></a><!--end-->", "a[<?p </a>?>](other(<?p </a>?>)) comment(end)"],
    ["\xef\xbb\xbf<?xml version='1.0'?><é/>", "other(<?xml version='1.0'?>) é[/]()"],
  ])("%j", (xml, expected) => {
    expect(outline(xml)).toBe(expected);
  });

  test.each([
    ["", 1],
    ["text", 1],
    ["<a>", 1],
    ["<a/><b/>", 1],
    ["<a/>text", 1],
    ["</a>", 1],
    ["<a></b>", 1],
    ["<a>\n<b>\r\n</a>", 3],
    ["<a b=1/>", 1],
    ["<a b='1' b='2'/>", 1],
    ["<a b='1'c='2'/>", 1],
    ["<a b='<'/>", 1],
    ["<a b='&'/>", 1],
    ["<a>&nbsp;</a>", 1],
    ["<a>]]></a>", 1],
    ["<a>\r<!-- -- --></a>", 2],
    ["<a><!-- </a>", 1],
    ["<a><![CDATA[</a>", 1],
    [" <?xml version='1.0'?><a/>", 1],
    ["<a/><!DOCTYPE a>", 1],
    ["<!DOCTYPE a [<!ENTITY b '<c/>'>]><a>&b;</a>", 1],
    ["<a>\n\0</a>", 2],
    [Buffer.from("<a/>", "utf16le").toString("latin1"), 1],
  ])("%j is not well-formed", (xml, line) => {
    expect(() => xmlTree(xml)).toThrow(malformed(line));
  });

  test("any text is either taken apart or refused, and what is taken apart nests", () => {
    const piece = fc.constantFrom("<a>", "</a>", "<a/>", "<!--", "-->", "<![CDATA[", "]]>", "'", "\n", "&lt;", "<", ">", "b"); // prettier-ignore
    const nests = ({ start, end, children }: XmlNode): void => {
      let at = start;
      for (const child of children) {
        expect(at).toBeLessThanOrEqual(child.start);
        expect(child.end).toBeLessThanOrEqual(end);
        at = child.end;
        nests(child);
      }
    };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          nests(xmlTree(`<r>${pieces.join("")}</r>`));
        } catch (error) {
          expect(error).toBeInstanceOf(XmlError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
