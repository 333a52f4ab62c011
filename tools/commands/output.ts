import { defineCommand, UserError } from "../lib/command";
import { openEngine } from "../lib/engine";
import { workspaceOf } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm run --silent output -- NAME [--stack STACK]

Prints one output of a stack on standard output: text as it is, everything else as JSON. Secrets are shown.

  --stack STACK   default: local`,
  options: { stack: { type: "string", default: "local" } },
  positionals: [1, 1],
  async run({ stack }, [name = ""]) {
    const engine = await openEngine(workspaceOf(stack));
    const { code, stdout, stderr } = await engine.capture(
      "stack",
      "output",
      "--json",
      "--show-secrets",
    );
    if (code !== 0) throw new UserError(stderr.trim());
    const outputs = JSON.parse(stdout) as Record<string, unknown>;
    if (!(name in outputs)) {
      const names = Object.keys(outputs).join(", ");
      throw new UserError(
        names === ""
          ? `stack ${stack} has no outputs yet; run \`up\` first`
          : `stack ${stack} has no output "${name}"; its outputs are: ${names}`,
      );
    }
    const value = outputs[name];
    console.log(typeof value === "string" ? value : JSON.stringify(value, null, 2));
  },
});
