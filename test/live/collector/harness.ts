import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { workloadBundle } from "../../../components/collectors/workload-bundle";
import type { WorkloadProtocol } from "../../../components/config/topology";
import type { CollectorConfig, SenderConfig } from "../../../workloads/shared/config";
import { connect } from "../../../workloads/shared/connect";
import type { Session } from "../../../workloads/shared/protocol";
import { HEADER, sign, type Origin } from "../../../workloads/shared/signature";
import { freePort } from "../../support/rabbitmq";
import { passwords, type TestBroker } from "./brokers";

/** Long enough for a loaded machine; a wait ends as soon as its condition holds. */
const PATIENCE_MS = 40_000;

/** Calls until the result is no longer undefined or false; `what` is said when it never is. */
export async function until<T>(
  what: string | (() => string),
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) {
      throw new Error(`waited in vain for ${typeof what === "string" ? what : what()}`);
    }
    await sleep(25);
  }
}

/** A process under test with what it printed. */
export class Program {
  output = "";
  private readonly exited: Promise<number | string>;

  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    }
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        resolve(code ?? signal ?? "gone");
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Exit code, or the name of the signal. */
  exit(): Promise<number | string> {
    return this.exited;
  }

  async signal(name: NodeJS.Signals): Promise<number | string> {
    this.child.kill(name);
    return this.exited;
  }

  async prints(pattern: RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    await until(
      () => `${String(pattern)} in:\n${this.output}`,
      () => pattern.test(this.output),
      patienceMs,
    );
  }

  /** Resident memory now and its peak, in MiB. */
  memory(): { rss: number; peak: number } {
    const status = readFileSync(`/proc/${String(this.pid)}/status`, "utf8");
    const mib = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
    return { rss: mib("VmRSS"), peak: mib("VmHWM") };
  }
}

/** A message as a test publishes it; what is not given is right. */
export interface Message extends Partial<Origin> {
  body?: Buffer | string;
  /** Headers in place of the right ones; undefined leaves one out. */
  headers?: Record<string, string | undefined>;
}

/** A broker, spoken to by one protocol, with keys, folders and the bundled programs. */
export class Bench<B extends TestBroker = TestBroker> {
  readonly home = mkdtempSync(join(tmpdir(), "mq-bench-"));
  readonly keyDir = join(this.home, "trusted");
  readonly senderKey = join(this.home, "q-private.pem");
  private readonly keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  private readonly programs: Program[] = [];
  private readonly sessions: Session[] = [];

  /** @param broker - is stopped with the bench. */
  constructor(
    readonly broker: B,
    readonly protocol: WorkloadProtocol,
  ) {
    mkdirSync(this.keyDir);
    this.write("trusted/q-public.pem", this.keys.publicKey.export({ type: "spki", format: "pem" }));
    this.write("q-private.pem", this.keys.privateKey.export({ type: "pkcs1", format: "pem" }));
    this.write("sender.password", `${passwords.sender}\n`);
    this.write("receiver.password", `${passwords.receiver}\n`);
    this.write("collector.js", workloadBundle("collector"));
    this.write("mq-send.js", workloadBundle("sender"));
  }

  /** Ends everything that was started here. */
  async stop(): Promise<void> {
    for (const { child } of this.programs) child.kill("SIGKILL");
    await Promise.all(this.sessions.map((session) => session.close()));
    await this.broker.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  write(name: string, content: string | Buffer): string {
    const path = join(this.home, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  /** Starts a collector; its HTTP port is in the result. */
  async collect(
    changes: Partial<CollectorConfig> & { queue: string },
    args: string[] = [],
  ): Promise<Program & { port: number; out: string }> {
    const port = await freePort();
    const config: CollectorConfig = {
      broker: this.connection("receiver"),
      source: this.broker.addresses[this.protocol].source(changes.queue),
      outputDir: join(this.home, "out"),
      keyDir: this.keyDir,
      maxBytes: 16 * 1024 * 1024,
      dedup: "perSender",
      prefetch: 1000,
      batch: 500,
      http: { host: "127.0.0.1", port },
      ...changes,
    };
    const file = this.write(`collector-${String(port)}.json`, JSON.stringify(config));
    const program = this.run("collector.js", ["--config", file, ...args]);
    return Object.assign(program, { port, out: join(config.outputDir, config.queue) });
  }

  /** Starts the sender and waits for its end. */
  async send(
    args: string[],
    options: { stdin?: Buffer; config?: Partial<SenderConfig> } = {},
  ): Promise<{ code: number | string; output: string }> {
    const config: SenderConfig = {
      broker: this.connection("sender"),
      sender: "node-1",
      privateKeyFile: this.senderKey,
      maxBytes: 16 * 1024 * 1024,
      inventory: this.target("kermit.inventory"),
      log: this.target("kermit.log"),
      ...options.config,
    };
    const file = this.write("sender.json", JSON.stringify(config));
    const program = this.run("mq-send.js", ["--config", file, ...args], options.stdin);
    return { code: await program.exit(), output: program.output };
  }

  /** Publishes signed messages, changed as the test asks; resolves when the broker has them all. */
  async publish(queue: string, messages: Iterable<Message>): Promise<void> {
    const session = await this.session();
    const { destination } = this.target(queue);
    const confirmations: Promise<void>[] = [];
    for (const { body = "", headers = {}, ...changes } of messages) {
      const content = Buffer.from(body);
      const origin: Origin = {
        queue,
        sender: "node-1",
        file: "a.json",
        sent: new Date().toISOString(),
        ...changes,
      };
      const all: Record<string, string | undefined> = {
        [HEADER.file]: origin.file,
        [HEADER.sender]: origin.sender,
        [HEADER.sent]: origin.sent,
        [HEADER.key]: "q-public",
        [HEADER.signature]: sign(origin, content, this.keys.privateKey),
        ...headers,
      };
      const given = Object.entries(all).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      confirmations.push(session.send(destination, new Map(given), content));
    }
    await Promise.all(confirmations);
  }

  /** `/readyz` of a collector. */
  async ready(collector: { port: number }): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(`http://127.0.0.1:${String(collector.port)}/readyz`);
      return { status: response.status, text: await response.text() };
    } catch {
      return { status: 0, text: "no answer" };
    }
  }

  /** Waits until a collector is ready. */
  async untilReady(collector: Program & { port: number }): Promise<void> {
    await until(
      () => `readiness of\n${collector.output}`,
      async () => (await this.ready(collector)).status === 200,
    );
  }

  /** Waits until a collector is not ready, and says this. */
  async untilNotReady(collector: { port: number }, reason: RegExp): Promise<void> {
    await until(`${String(reason)} in /readyz`, async () => {
      const { status, text } = await this.ready(collector);
      return status === 503 && reason.test(text);
    });
  }

  /** Waits until the queue has no message left, acknowledged all. */
  async untilDrained(queue: string): Promise<void> {
    await this.untilLeft(queue, 0);
  }

  /** Waits until the queue has so many messages that are not acknowledged; a broker may count late. */
  async untilLeft(queue: string, count: number): Promise<void> {
    let found = NaN;
    await until(
      () => `${String(count)} messages in ${queue}, not ${String(found)}`,
      async () => (found = await this.broker.messages(queue)) === count,
    );
  }

  /** A queue as the sender's configuration has it. */
  target(queue: string): SenderConfig["log"] {
    return { queue, destination: this.broker.addresses[this.protocol].target(queue) };
  }

  connection(user: "sender" | "receiver"): CollectorConfig["broker"] {
    return {
      protocol: this.protocol,
      host: "127.0.0.1",
      port: this.broker.ports[this.protocol],
      vhost: "/",
      user,
      passwordFile: join(this.home, `${user}.password`),
    };
  }

  private run(bundle: string, args: string[], stdin?: Buffer): Program {
    const child = spawn(process.execPath, [join(this.home, bundle), ...args]);
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    const program = new Program(child);
    this.programs.push(program);
    return program;
  }

  private async session(): Promise<Session> {
    const session = await connect({
      broker: this.connection("sender"),
      password: passwords.sender,
      timeoutMs: PATIENCE_MS,
      heartbeatMs: 0,
    });
    this.sessions.push(session);
    return session;
  }
}

/** The collected files of a folder: names without temporary ones. */
export function files(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort();
}
