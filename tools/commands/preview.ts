import { defineCommand } from "../lib/command";
import { openEngine } from "../lib/engine";
import { workspaceOf } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm run preview -- STACK [--diff] [--expect-no-changes]

Shows what \`up\` would create, change and delete. Needs neither broker nor cluster.

  --diff                show each property
  --expect-no-changes   exit code 7 where there is a change`,
  options: {
    diff: { type: "boolean", default: false },
    "expect-no-changes": { type: "boolean", default: false },
  },
  positionals: [1, 1],
  async run(values, [stack = ""]) {
    const engine = await openEngine(workspaceOf(stack));
    return engine.show(
      "preview",
      ...(values.diff ? ["--diff"] : []),
      ...(values["expect-no-changes"] ? ["--expect-no-changes"] : []),
    );
  },
});
