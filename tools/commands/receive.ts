import { defineCommand, UserError } from "../lib/command";
import { openEngine } from "../lib/engine";
import { withStackLock } from "../lib/lock";
import { osUser } from "../lib/os-user";
import { readOutputs } from "../lib/outputs";
import { run } from "../lib/process";
import { controlService } from "../lib/service-control";
import { workspaceOf } from "../lib/workspace";

export const command = defineCommand({
  help: `usage: npm run receive -- STACK QUEUE

Stops the collector service of a queue, runs the collector in the foreground and prints the path of each file, until
Ctrl-C; then starts the service again.`,
  options: {},
  positionals: [2, 2],
  run: (_values, [stack = "", queue = ""]) => {
    const workspace = workspaceOf(stack);
    return withStackLock(workspace, async () => {
      const { collectors } = await readOutputs(await openEngine(workspace), stack);
      const collector = Object.values(collectors).find((candidate) => candidate.queue === queue);
      if (collector === undefined) {
        const queues = Object.values(collectors).map((candidate) => candidate.queue);
        throw new UserError(
          `no collector of queue "${queue}" in stack ${stack}; the collected queues are: ${queues.join(", ")}`,
        );
      }
      const [program, ...args] = [...collector.command, "--print-paths"];
      await controlService("stop", collector);
      console.error(`mq: ${collector.service} is stopped; Ctrl-C ends this and starts it again`);
      try {
        return (await run(program, args, { cwd: "/", ...osUser(collector.user) })).code;
      } finally {
        await controlService("start", collector);
        console.error(`mq: ${collector.service} runs again`);
      }
    });
  },
});
