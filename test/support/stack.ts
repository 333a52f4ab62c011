import { randomInt } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { Command } from "./command";
import type { HostCollector } from "../../components/collectors/fleet-workloads";
import { openEngine } from "../../tools/lib/engine";
import type { Outputs } from "../../tools/lib/outputs";
import type { Finished } from "../../tools/lib/process";
import { projectDir, type Workspace } from "../../tools/lib/workspace";

/** The values of a stack file, below `config:`. */
export type StackValues = Record<string, unknown>;

/** The outputs of a stack of hosts. */
export type HostOutputs = Omit<Outputs, "collectors"> & {
  readonly collectors: Readonly<Record<string, HostCollector>>;
};

/** The values of stacks/Pulumi.<stack>.yaml. */
export function stackValues(stack: string): StackValues {
  const text = readFileSync(join(projectDir, `stacks/Pulumi.${stack}.yaml`), "utf8");
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

/** A folder of a test's own, with one for stack files in it. */
export function stackFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `mq-${name}-`));
  mkdirSync(join(folder, "stacks"));
  return folder;
}

/** A stack of a test's own: stack file, state and everything on the host below one temporary folder. */
export class TestStack {
  readonly workspace: Workspace;
  /** Stands before every path on the host. */
  readonly root: string;

  protected constructor(
    readonly folder: string,
    stack: string,
    /** Variables for the engine and the commands, beside those of this process. */
    protected readonly variables: Readonly<Record<string, string>> = {},
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
    const folder = stackFolder(name);
    // The users of the services have to reach their files.
    chmodSync(folder, 0o755);
    const stack = new TestStack(folder, name);
    const [amqp, stomp, management, distribution, epmd, inventory, log] = await freePorts(7);
    const values = stackValues("local");
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

  /** Replaces the values of the stack file; a salt in it stays. */
  write(values: StackValues): void {
    const file = this.workspace.stackFile;
    const kept = existsSync(file) ? (parse(readFileSync(file, "utf8")) as object) : {};
    writeFileSync(file, stringify({ ...kept, config: values }));
  }

  /** Puts a secret into the stack file, encrypted. @param path - `mq:passwords.sender`. */
  async setSecret(path: string, value: string): Promise<void> {
    const set = ["config", "set", "--secret", "--path", path, value];
    await this.expect(0, ...set, "--config-file", this.workspace.stackFile);
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
    return (await openEngine(this.workspace, this.variables)).capture(...args);
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
      ...this.variables,
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
