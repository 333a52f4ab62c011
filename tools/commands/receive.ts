import type { HostCollector } from "../../components/collectors/fleet-workloads";
import { runCollectorPod } from "../lib/collector-pod";
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

Stops the collector of a queue (its service, or its pod), runs one in the foreground and prints the path of each file, until
Ctrl-C; then starts the collector again.`,
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
      return collector.on === "host" ? runHere(collector) : runCollectorPod(collector);
    });
  },
});

/** Runs the collector of this machine in place of its service. @returns its exit code. */
async function runHere(collector: HostCollector): Promise<number> {
  const [program, ...args] = [...collector.command, "--print-paths"];
  await controlService("stop", collector);
  console.error(`mq: ${collector.service} is stopped; Ctrl-C ends this and starts it again`);
  try {
    return (await run(program, args, { cwd: "/", ...osUser(collector.user) })).code;
  } finally {
    await controlService("start", collector);
    console.error(`mq: ${collector.service} runs again`);
  }
}
