import { z } from "zod";
import { stackSchema } from "./schema";

/** The JSON schema of a whole stack file, for editors: what is below `config:` has `mq:` in front of its keys. */
export function stackFileJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(stackSchema, { io: "input" });
  const { $schema, title, properties = {}, required = [] } = schema;
  const prefixed = Object.entries(properties).map(([key, value]) => [`mq:${key}`, value] as const);
  return {
    $schema,
    title,
    type: "object",
    properties: {
      encryptionsalt: { type: "string" },
      secretsprovider: { type: "string" },
      encryptedkey: { type: "string" },
      config: {
        type: "object",
        properties: Object.fromEntries(prefixed),
        required: required.map((key) => `mq:${key}`),
        patternProperties: { "^(?!mq:)[^:]+:.+$": {} },
        additionalProperties: false,
      },
    },
    required: ["config"],
    additionalProperties: false,
  };
}
