import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { stackFileJsonSchema } from "../../components/config/json-schema";
import { defineCommand } from "../lib/command";
import { projectDir } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm run schema [-- --check]

Writes stacks/schema.json, the JSON schema that editors check stack files with.

  --check   write nothing; exit code 1 where the file is not current`,
  options: { check: { type: "boolean", default: false } },
  positionals: [0, 0],
  async run({ check }) {
    const path = join(projectDir, "stacks/schema.json");
    const text = await format(JSON.stringify(stackFileJsonSchema()), {
      ...(await resolveConfig(path)),
      filepath: path,
    });
    if (!check) {
      writeFileSync(path, text);
      return 0;
    }
    if (readFileSync(path, "utf8") === text) return 0;
    console.error("mq: stacks/schema.json is not current; run: npm run schema");
    return 1;
  },
});
