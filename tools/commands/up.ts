import { defineCommand } from "../lib/command";
import { openEngine } from "../lib/engine";
import { withStackLock } from "../lib/lock";
import { workspaceOf } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm run up -- STACK

Brings everything to what the stack file says.`,
  options: {},
  positionals: [1, 1],
  run: (_values, [stack = ""]) => {
    const workspace = workspaceOf(stack);
    return withStackLock(workspace, async () => (await openEngine(workspace)).show("up", "--yes"));
  },
});
