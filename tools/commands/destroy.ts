import { defineCommand } from "../lib/command";
import { openEngine } from "../lib/engine";
import { withStackLock } from "../lib/lock";
import { workspaceOf } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm run destroy [-- STACK]

Removes all that \`up\` made; the stack is local unless you name one. Collected files and the broker's data stay.`,
  options: {},
  positionals: [0, 1],
  run: (_values, [stack = "local"]) => {
    const workspace = workspaceOf(stack);
    return withStackLock(workspace, async () =>
      (await openEngine(workspace)).show("destroy", "--yes"),
    );
  },
});
