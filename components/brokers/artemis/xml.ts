import { create } from "xmlbuilder2";

/** Elements by name; `@` begins the name of an attribute, `#` is the text. */
export interface Elements {
  readonly [name: string]: string | Elements | readonly (string | Elements)[];
}

/** An XML document, in which every text stays what it is. */
export function xml(root: Elements): string {
  const document = create({ version: "1.0", encoding: "UTF-8" }, literal(root));
  return `${document.end({ prettyPrint: true })}\n`;
}

/** The builder takes `&amp;` in a text for an entity, and its writer takes it for one that is written already. */
function literal<T extends Elements[string]>(value: T): T;
function literal(value: Elements[string]): Elements[string] {
  if (typeof value === "string") return value.replaceAll("&", "&#38;amp;");
  if (Array.isArray(value)) return value.map((each: string | Elements) => literal(each));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, literal(each)]));
}
