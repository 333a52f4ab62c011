import { defineCommand } from "../lib/command";
import { openEngine } from "../lib/engine";
import { withStackLock } from "../lib/lock";
import { stackPlatform } from "../lib/stack-config";
import { workspaceOf } from "../lib/workspace";

/** Objects that were made, and not recorded, are taken over instead of refused, from the name under which they were made. */
const takeOver = {
  PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true",
  PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
};

export const command = defineCommand({
  help: `usage: npm run recover -- STACK

Brings a stack back whose \`up\` was killed (kill -9, a machine that went down): takes the lock away that it left, forgets
what it had begun and not finished, and runs \`up\` once in a way that takes over what was made and not recorded. No key and
no password changes. Nothing else may work on the stack meanwhile.`,
  options: {},
  positionals: [1, 1],
  run: (_values, [stack = ""]) => {
    const workspace = workspaceOf(stack);
    return withStackLock(workspace, async () => {
      const engine = await openEngine(workspace);
      for (const step of [
        ["cancel", "--yes"],
        ["refresh", "--yes", "--clear-pending-creates"],
      ]) {
        const code = await engine.show(...step);
        if (code !== 0) return code;
      }
      if (stackPlatform(workspace) === "kubernetes") {
        const code = await (await openEngine(workspace, takeOver)).show("up", "--yes");
        if (code !== 0) return code;
      }
      return engine.show("up", "--yes");
    });
  },
});
