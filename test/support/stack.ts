import { randomInt } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { Command } from "./command";
import { openEngine } from "../../tools/lib/engine";
import type { Finished } from "../../tools/lib/process";
import { projectDir, type Workspace } from "../../tools/lib/workspace";

/** The values of a stack file, below `config:`. */
export type StackValues = Record<string, unknown>;

/** The values of stacks/Pulumi.local.yaml. */
export function localValues(): StackValues {
  const text = readFileSync(join(projectDir, "stacks/Pulumi.local.yaml"), "utf8");
  return (parse(text) as { config: StackValues }).config;
}

/**
 * TCP ports of the loopback address that nothing listens on; none of those that the kernel gives to whoever asks for any
 * port, and may give away again before they are used.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = randomInt(20_000, 29_000); ports.length < count; port++) {
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .on("error", () => {
        resolve(false);
      })
      .listen(port, "127.0.0.1", () => {
        server.close(() => {
          resolve(true);
        });
      });
  });
}

/** A stack of a test's own: stack file, state and everything on the host below one temporary folder. */
export class TestStack {
  readonly workspace: Workspace;
  /** Stands before every path on the host. */
  readonly root: string;

  private constructor(
    readonly folder: string,
    stack: string,
  ) {
    this.root = join(folder, "root");
    this.workspace = {
      stack,
      stackFile: join(folder, "stacks", `Pulumi.${stack}.yaml`),
      stateDir: join(folder, "state"),
    };
  }

  /** The local stack on free ports and below a folder of its own, changed by `change`. */
  static async create(
    name: string,
    change: (values: StackValues) => void = () => {},
  ): Promise<TestStack> {
    const folder = mkdtempSync(join(tmpdir(), `mq-${name}-`));
    // The users of the services have to reach their files.
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "stacks"));
    const stack = new TestStack(folder, name);
    const [amqp, stomp, management, distribution, epmd, inventory, log] = await freePorts(7);
    const values = localValues();
    const collectors = values["mq:collectors"] as Record<string, object>;
    Object.assign(values, {
      "mq:hosts": { here: { connection: "local", root: stack.root } },
      "mq:broker": {
        kind: "rabbitmq",
        host: "here",
        ports: { amqp, stomp, management, distribution, epmd },
      },
      "mq:collectors": {
        inventory: { ...collectors.inventory, port: inventory },
        log: { ...collectors.log, port: log },
      },
    });
    change(values);
    stack.write(values);
    return stack;
  }

  /** Replaces the stack file. */
  write(values: StackValues): void {
    writeFileSync(this.workspace.stackFile, stringify({ config: values }));
  }

  /** What is in the stack file. */
  values(): StackValues {
    const text = readFileSync(this.workspace.stackFile, "utf8");
    return (parse(text) as { config: StackValues }).config;
  }

  /** Changes the stack file. */
  change(change: (values: StackValues) => void): void {
    const values = this.values();
    change(values);
    this.write(values);
  }

  /** Runs `pulumi ARGUMENTS` on the stack and keeps what it prints. */
  async pulumi(...args: string[]): Promise<Finished> {
    return (await openEngine(this.workspace)).capture(...args);
  }

  /** The same, and throws with what it printed unless it ends with the given code. */
  async expect(code: number, ...args: string[]): Promise<Finished> {
    const finished = await this.pulumi(...args);
    if (finished.code !== code) {
      throw new Error(
        `pulumi ${args.join(" ")}: exit code ${String(finished.code)}, not ${String(code)}\n${finished.stdout}\n${finished.stderr}`,
      );
    }
    return finished;
  }

  /** Starts a command of the project on the stack: `npm run NAME -- ARGUMENTS`, without npm. */
  command(name: string, args: readonly string[], env: Record<string, string> = {}): Command {
    return new Command([join(projectDir, "tools/run.mjs"), name, ...args], {
      ...env,
      MQ_STACKS: join(this.folder, "stacks"),
      MQ_STATE: this.workspace.stateDir,
    });
  }

  /** The outputs, secrets in clear. */
  async outputs<T>(): Promise<T> {
    const { stdout } = await this.expect(0, "stack", "output", "--json", "--show-secrets");
    return JSON.parse(stdout) as T;
  }

  /** Removes the folder of a stack of which nothing is up. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Destroys the stack and removes its folder. */
  async dispose(): Promise<void> {
    await this.expect(0, "destroy", "--yes");
    this.remove();
  }
}
