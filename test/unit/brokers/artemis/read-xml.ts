import { XMLParser } from "fast-xml-parser";

/** An element as read back: attributes and texts are strings, what may stand several times is a list. */
export interface Read {
  readonly [name: string]: string | Read | readonly Read[] | readonly string[];
}

const lists = ["acceptor", "connector", "connector-ref", "address", "address-setting"];

/** Reads a document by another parser than the one that wrote it. */
export function readXml(text: string): Read {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseTagValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    isArray: (name, path) =>
      lists.includes(name) && !String(path).endsWith("cluster-connection.connector-ref"),
  });
  return withoutLayout(parser.parse(text) as Read) as Read;
}

/** The `core` of a `broker.xml`. */
export function readCore(text: string): Read {
  const { configuration } = readXml(text) as { configuration: Read };
  return configuration.core as Read;
}

/** The acceptors' or connectors' URIs by name, their parameters sorted out. */
export function readUris(
  elements: unknown,
): Record<string, { to: string; parameters: Record<string, string> }> {
  return Object.fromEntries(
    (elements as { "@name": string; "#text": string }[]).map(({ "@name": name, "#text": uri }) => {
      const [to = "", query = ""] = uri.split("?");
      const pairs = query.split(";").filter((each) => each !== "");
      return [
        name,
        {
          to,
          parameters: Object.fromEntries(
            pairs.map((pair) => {
              const [key = "", ...value] = pair.split("=");
              return [key, decodeURIComponent(value.join("="))];
            }),
          ),
        },
      ];
    }),
  );
}

/** Line breaks and indentation between elements are no text. */
function withoutLayout(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLayout);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, text]) => name !== "#text" || !/^\s*$/.test(String(text)))
      .map(([name, inner]) => [name, withoutLayout(inner)]),
  );
}
