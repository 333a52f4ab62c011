import { z } from "zod";
import { platforms } from "./schema";

/**
 * The JSON schema of a whole stack file, for editors: below `config:` the keys of one platform, with `mq:` in front.
 */
export function stackFileJsonSchema(): Record<string, unknown> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "mq stack configuration",
    type: "object",
    properties: {
      encryptionsalt: { type: "string" },
      secretsprovider: { type: "string" },
      encryptedkey: { type: "string" },
      config: { oneOf: Object.values(platforms).map(configSchema) },
    },
    required: ["config"],
    additionalProperties: false,
  };
}

function configSchema(schema: z.ZodType): Record<string, unknown> {
  const { title, properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return {
    title,
    type: "object",
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [`mq:${key}`, value] as const),
    ),
    required: required.map((key) => `mq:${key}`),
    patternProperties: { "^(?!mq:)[^:]+:.+$": {} },
    additionalProperties: false,
  };
}
