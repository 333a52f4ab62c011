import { defineCommand } from "../lib/command";
import { run } from "../lib/process";
import { projectDir } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm test [-- LEVEL…]

Runs the tests of the levels unit, engine and live, or of those that you name: unit, engine, live, cluster. The last line
counts them.`,
  options: {},
  positionals: [0, 4],
  async run(_values, named) {
    const levels = named.length > 0 ? named : ["unit", "engine", "live"];
    const projects = levels.flatMap((level) => ["--project", level]);
    return (await run("npx", ["vitest", "run", ...projects], { cwd: projectDir })).code;
  },
});
