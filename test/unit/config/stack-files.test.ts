import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { describe, expect, test } from "vitest";
import { isMap, isPair, isScalar, parse, parseDocument, visit } from "yaml";
import { z } from "zod";
import { stackFileJsonSchema } from "../../../components/config/json-schema";

const folder = join(__dirname, "../../../stacks");
const schemaFile = join(folder, "schema.json");
const stackFiles = readdirSync(folder).filter((name) => /^Pulumi\..+\.yaml$/.test(name));

interface Schema {
  description?: string;
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
}

/** The keys below a schema, by path, that a user may write. */
function keys(schema: Schema, path: string[] = []): [string, Schema][] {
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, below]): [string, Schema][] => [
      [[...path, key].join(" > "), below],
      ...keys(below, [...path, key]),
    ]),
    ...(typeof schema.additionalProperties === "object"
      ? keys(schema.additionalProperties, [...path, "*"])
      : []),
  ];
}

/** Of each platform. */
const configSchemas = (): Schema[] =>
  (stackFileJsonSchema() as Schema).properties?.config?.oneOf ?? [];

describe("the JSON schema of stack files", () => {
  test("stacks/schema.json is current", async () => {
    const text = await format(JSON.stringify(stackFileJsonSchema()), {
      ...(await resolveConfig(schemaFile)),
      filepath: schemaFile,
    });
    expect(readFileSync(schemaFile, "utf8")).toBe(text);
  });

  test("every key has a description", () => {
    const all = configSchemas().flatMap((schema) => keys(schema));
    expect(all.length).toBeGreaterThan(40);
    expect(all.filter(([, { description = "" }]) => description.length < 5)).toStrictEqual([]);
  });

  test("every object refuses unknown keys or takes names of the user's", () => {
    const open = configSchemas()
      .flatMap((schema) => keys(schema))
      .filter(([, { type }]) => type === "object")
      .filter(([, { additionalProperties }]) => additionalProperties === undefined);
    expect(open).toStrictEqual([]);
  });

  test.each(stackFiles)("%s keeps to it", (name) => {
    const file: unknown = parse(readFileSync(join(folder, name), "utf8"));
    expect(z.fromJSONSchema(stackFileJsonSchema() as never).safeParse(file).error).toBeUndefined();
  });

  test("X4: it refuses what the parser refuses", () => {
    const file = parse(readFileSync(join(folder, "Pulumi.local.yaml"), "utf8")) as {
      config: Record<string, Record<string, unknown>>;
    };
    const schema = z.fromJSONSchema(stackFileJsonSchema());
    const takes = (change: (config: typeof file.config) => void): boolean => {
      const { config } = structuredClone(file);
      change(config);
      return schema.safeParse({ config }).success;
    };
    expect(takes(() => {})).toBe(true);
    expect(takes((config) => delete config["mq:broker"])).toBe(false);
    expect(takes((config) => (config["mq:colectors"] = {}))).toBe(false);
    expect(takes((config) => (config["mq:broker"] = { ...config["mq:broker"], prots: 1 }))).toBe(
      false,
    );
    expect(
      takes((config) => (config["mq:broker"] = { ...config["mq:broker"], ports: { amqp: 65536 } })),
    ).toBe(false);
  });

  test("keys of other namespaces are allowed beside ours", () => {
    const file = parse(readFileSync(join(folder, "Pulumi.local.yaml"), "utf8")) as {
      config: Record<string, unknown>;
    };
    file.config["aws:region"] = "eu-west-1";
    expect(z.fromJSONSchema(stackFileJsonSchema() as never).safeParse(file).success).toBe(true);
  });
});

describe.each(stackFiles)("%s", (name) => {
  const text = readFileSync(join(folder, name), "utf8");

  test("X2: only this project's keys, below config", () => {
    const file = parse(text) as { config: Record<string, unknown> };
    expect(Object.keys(file)).toStrictEqual(["config"]);
    expect(Object.keys(file.config).filter((key) => !key.startsWith("mq:"))).toStrictEqual([]);
  });

  test("X9: nothing encrypted", () => {
    expect(text).not.toMatch(/^\s*(secure|encryptionsalt)\s*:/m);
  });

  test("its first line names the schema to editors", () => {
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=schema.json");
  });

  test("every key is commented, once for each kind of entry", () => {
    const lines = text.split("\n");
    const explained = new Set<string>();
    const bare: string[] = [];
    visit(parseDocument(text), {
      Pair(_key, pair, ancestors) {
        if (!isScalar(pair.key) || pair.key.range == null) return;
        const path = [...ancestors.filter((node) => isPair(node)), pair].map((node) =>
          isScalar(node.key) ? String(node.key.value) : "?",
        );
        if (path.length < 2) return;
        const at = text.slice(0, pair.key.range[0]).split("\n").length - 1;
        const ownLine = (lines[at] ?? "").trim().startsWith(String(pair.key.value));
        // What is written in braces on the line of its parent belongs to the parent's comment.
        if (!ownLine) return;
        const commented =
          (lines[at - 1] ?? "").trim().startsWith("#") || /\s#\s/.test(lines[at] ?? "");
        // Entries of one map have the same keys: the comment stands at the first.
        const kind = [path[1], path.length > 3 ? "*" : path[2], ...path.slice(3)].join(" > ");
        if (commented) explained.add(kind);
        else if (!explained.has(kind)) bare.push(path.slice(1).join(" > "));
      },
    });
    expect(explained.size).toBeGreaterThan(10);
    expect(isMap(parseDocument(text).contents)).toBe(true);
    expect(bare).toStrictEqual([]);
  });
});
