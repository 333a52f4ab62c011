import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, hostname, release, tmpdir, totalmem } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { brokerKinds } from "../../components/config/broker-kinds";
import { defineCommand, UserError } from "../lib/command";
import { openEngine, type Engine } from "../lib/engine";
import { withStackLock } from "../lib/lock";
import { readOutputs, type Outputs } from "../lib/outputs";
import { runningBroker } from "../lib/running-broker";
import { sendFile } from "../lib/send";
import { chooseBroker, stackBroker, stackPlatform } from "../lib/stack-config";
import { Stopwatch } from "../lib/stopwatch";
import { workspaceOf, type Workspace } from "../lib/workspace";

const collectSeconds = 60;

export const command = defineCommand({
  help: `usage: npm start [-- --broker KIND] [--stack STACK]

Brings up the stack local on this machine: a broker with users and queues, signing keys, collectors and a sender. Then
sends an inventory file and a log through it and shows where they arrived. Run again, it changes nothing.

  --broker KIND   rabbitmq, activemq or artemis, in place of the one in the stack file, from now on and until another one is
                  chosen. A stack that is up with another one is destroyed first: both use the same ports. What that has
                  collected and queued stays where it is. activemq and artemis need Java 17, and Maven to get them.
  --stack STACK   another stack of this machine; default: local`,
  options: {
    broker: { type: "string" },
    stack: { type: "string", default: "local" },
  },
  positionals: [0, 0],
  async run({ broker, stack }) {
    const watch = new Stopwatch();
    const workspace = workspaceOf(stack);
    return withStackLock(workspace, async () => {
      if (broker !== undefined) choose(workspace, broker);
      const engine = await watch.time("toolchain", () => openEngine(workspace));
      const left = await leaveOtherBroker(engine, workspace);
      if (left !== 0) return left;
      const code = await watch.time("pulumi up", () => engine.show("up", "--yes"));
      if (code !== 0) return code;
      const outputs = await readOutputs(engine, stack);
      const arrived = await watch.time("two files sent and collected", () => roundTrip(outputs));
      report(stack, outputs, arrived, watch);
      return 0;
    });
  },
});

/** Has the stack use a broker of that kind. */
function choose(workspace: Workspace, broker: string): void {
  const kinds = Object.keys(brokerKinds);
  if (!kinds.includes(broker)) {
    throw new UserError(`--broker ${broker}: the brokers are: ${kinds.join(", ")}`);
  }
  if (stackPlatform(workspace) !== "hosts") {
    throw new UserError(
      `--broker is for stacks of this machine; change mq:broker.kind in ${workspace.stackFile}`,
    );
  }
  chooseBroker(workspace, broker);
}

/** Destroys a stack that is up with another broker than it is to have. @returns the exit code. */
async function leaveOtherBroker(engine: Engine, workspace: Workspace): Promise<number> {
  const { stack } = workspace;
  const { kind } = stackBroker(workspace);
  const running = await runningBroker(engine);
  if (running === undefined || running === kind) return 0;
  console.error(
    `mq: stack ${stack} is up with ${running}, and is to have ${kind} on the same ports: destroys it first; ` +
      "collected files and the broker's data stay",
  );
  return engine.show("destroy", "--yes");
}

/** Sends an inventory and a log of this machine. @returns the paths that they were collected at. */
async function roundTrip({ senders, collectedDir }: Outputs): Promise<string[]> {
  if (Object.keys(senders).length === 0 || collectedDir === undefined) return [];
  const folder = mkdtempSync(join(tmpdir(), "mq-start-"));
  try {
    const arrived: string[] = [];
    for (const { name, queue, text, log } of samples()) {
      const path = join(folder, name);
      writeFileSync(path, text);
      const code = await sendFile(senders, path, { log });
      if (code !== 0)
        throw new UserError(`mq-send ended with exit code ${String(code)}, see above`);
      arrived.push(await collected(join(collectedDir, queue), path));
    }
    return arrived;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function samples(): { name: string; queue: string; text: string; log: boolean }[] {
  const now = new Date().toISOString();
  const inventory = {
    hostname: hostname(),
    time: now,
    kernel: release(),
    architecture: arch(),
    processors: cpus().length,
    memoryBytes: totalmem(),
  };
  return [
    {
      name: "inventory.json",
      queue: "kermit.inventory",
      text: `${JSON.stringify(inventory, null, 2)}\n`,
      log: false,
    },
    {
      name: "start.log",
      queue: "kermit.log",
      text: `${now} ${hostname()} mq: the stack is up\n`,
      log: true,
    },
  ];
}

/** Waits until a sent file is in the folder of its queue, byte for byte. */
async function collected(folder: string, sent: string): Promise<string> {
  const bytes = readFileSync(sent);
  const name = new RegExp(`^[0-9a-f]{32}-${basename(sent).replaceAll(".", "\\.")}$`);
  for (let waited = 0; waited < collectSeconds * 10; waited++) {
    for (const file of readdirSync(folder).filter((candidate) => name.test(candidate))) {
      if (readFileSync(join(folder, file)).equals(bytes)) return join(folder, file);
    }
    await sleep(100);
  }
  throw new UserError(
    `${basename(sent)} was sent, but not collected in ${folder} within ${String(collectSeconds)} s; see the collector's log`,
  );
}

function report(
  stack: string,
  { endpoints, collectedDir }: Outputs,
  arrived: string[],
  watch: Stopwatch,
): void {
  const lines = [
    "",
    "Collected, byte for byte what was sent:",
    ...arrived.map((path) => `  ${path}`),
    "",
    "Outputs:",
    ...Object.entries(endpoints).map(
      ([protocol, { scheme, host, port }]) => `  ${protocol}: ${scheme}://${host}:${String(port)}`,
    ),
    `  collectedDir: ${collectedDir ?? "none"}`,
    "  clients: [secret]",
    "",
    "Took:",
    ...watch.lines().map((line) => `  ${line}`),
    "",
    "Next:",
    "  npm run send -- FILE        send a file of yours (--log FILE for a log)",
    `  npm run preview -- ${stack}    see what a change of the stack file would do`,
    "  npm run destroy             remove it all; collected files and queue data stay",
  ];
  console.log(lines.join("\n"));
}
