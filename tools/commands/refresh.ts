import { defineCommand } from "../lib/command";
import { openEngine } from "../lib/engine";
import { withStackLock } from "../lib/lock";
import { stackPlatform } from "../lib/stack-config";
import { workspaceOf } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm run refresh -- STACK [--preview-only]

Looks what has changed behind the stack's back, shows it, and mends it. On hosts these come first, a stopped broker among
them; then, with the broker running again, what lives in it. (A plain \`pulumi refresh\` fails while the broker is down.)

  --preview-only   show the changes, on hosts not those in the broker; mend nothing`,
  options: { "preview-only": { type: "boolean", default: false } },
  positionals: [1, 1],
  run: (values, [stack = ""]) => {
    const workspace = workspaceOf(stack);
    return withStackLock(workspace, async () => {
      const engine = await openEngine(workspace);
      const onHosts = stackPlatform(workspace) === "hosts";
      const hostResources = ["--target", `urn:pulumi:${stack}::mq::**hosts:index:**`];
      const mode = values["preview-only"] ? "--preview-only" : "--yes";
      const seen = await engine.show("refresh", mode, "--diff", ...(onHosts ? hostResources : []));
      if (seen !== 0 || values["preview-only"]) return seen;
      const mended = await engine.show("up", "--yes");
      return mended === 0 && onHosts ? engine.show("up", "--yes", "--refresh") : mended;
    });
  },
});
