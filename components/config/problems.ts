import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";

/** One thing wrong with a stack file. */
export interface Problem {
  /** Where: keys from the top of the stack file on, without `mq:`. */
  readonly path: readonly PropertyKey[];
  /** The rule and the mend. */
  readonly message: string;
}

/** A stack file that cannot be used; the message has one line for each problem: key, rule, mend. */
export class StackFileError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${keyOf(path)}: ${message}`).join("\n"));
    this.name = "StackFileError";
  }
}

/** The key as a user writes it: `mq:queues.kermit.log.type`; long or unprintable names are cut and escaped. */
export function keyOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => {
    const text = JSON.stringify(String(part)).slice(1, -1);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  });
  return parts.length === 0 ? "config" : `mq:${parts.join(".")}`;
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
}

/** The keys that a schema knows at a path, for "did you mean". */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: JsonSchema | undefined = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  for (const part of path) {
    const below: JsonSchema | boolean | undefined =
      at?.properties?.[String(part)] ?? at?.additionalProperties ?? at?.items;
    at = typeof below === "object" ? below : undefined;
  }
  return Object.keys(at?.properties ?? {});
}

/** "unknown key" with the nearest known one, or the list of all where none is near. */
function unknownKey(schema: z.ZodType, parent: readonly PropertyKey[], key: string): Problem {
  const known = knownKeys(schema, parent);
  const nearest = known.length > 0 ? closest(key, known) : undefined;
  const near = nearest !== undefined && distance(key, nearest) <= Math.max(2, key.length / 3);
  return {
    path: [...parent, key],
    message: near
      ? `unknown key; did you mean "${nearest}"?`
      : `unknown key; the keys here are: ${known.join(", ")}`,
  };
}

/** What zod found with a schema, one problem for each key. */
export function problemsOf(error: z.ZodError, schema: z.ZodType): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((key) => unknownKey(schema, issue.path, key));
      case "invalid_key":
        return issue.issues.map(({ message }) => ({ path: issue.path, message }));
      case "invalid_type":
        if (issue.input === undefined) {
          return [{ path: issue.path, message: `missing; set it (${typeName(issue.expected)})` }];
        }
        return [{ path: issue.path, message: typeMessage(issue.expected, issue.message) }];
      default:
        return [{ path: issue.path, message: issue.message }];
    }
  });
}

function typeMessage(expected: string, message: string): string {
  const ours = !message.startsWith("Invalid input");
  return ours ? message : `must be a ${typeName(expected)}; write it so`;
}

/** A type as YAML users call it. */
function typeName(type: string): string {
  const names: Record<string, string> = {
    record: "map",
    object: "map",
    array: "list",
    int: "whole number",
    string: "text",
    boolean: "true or false",
  };
  return names[type] ?? type;
}
