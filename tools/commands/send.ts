import { defineCommand } from "../lib/command";
import { openEngine } from "../lib/engine";
import { readOutputs } from "../lib/outputs";
import { sendFile } from "../lib/send";
import { workspaceOf } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm run send -- [--log] FILE [--stack STACK]

Signs a file and puts it into the inventory queue of a stack, by a sender of it: on this machine, or in the cluster.

  --log           into the log queue
  --stack STACK   default: local`,
  options: {
    log: { type: "boolean", default: false },
    stack: { type: "string", default: "local" },
  },
  positionals: [1, 1],
  async run({ log, stack }, [path = ""]) {
    const outputs = await readOutputs(await openEngine(workspaceOf(stack)), stack);
    return sendFile(outputs.senders, path, { log });
  },
});
