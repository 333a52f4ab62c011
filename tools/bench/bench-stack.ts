import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { openEngine, type Engine } from "../lib/engine";
import { measure, type Measured } from "./measured";
import type { StackExport } from "./stack-objects";

/** A stack of a benchmark. */
export interface BenchStackOptions {
  /** Where the stacks of a benchmark have their files, each under its name. */
  readonly folder: string;
  readonly name: string;
  /** Folder of the program, beside this file. */
  readonly program: "stack-program" | "users-program";
  /** Values of the stack file. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly kubeconfig: string;
}

/** A new stack that is measured; its state is below a folder of the benchmark's. */
export class BenchStack {
  private constructor(private readonly engine: Engine) {}

  static async make(options: BenchStackOptions): Promise<BenchStack> {
    const { folder, name, program, values, kubeconfig } = options;
    const stackFile = join(folder, `Pulumi.${name}.yaml`);
    writeFileSync(stackFile, stringify({ config: values }), { mode: 0o600 });
    const workspace = {
      stack: name,
      stackFile,
      stateDir: join(folder, "state"),
      programDir: join(__dirname, program),
    };
    return new BenchStack(await openEngine(workspace, { KUBECONFIG: kubeconfig }));
  }

  /** Makes all of it, without a preview before. */
  up(): Promise<Measured> {
    return this.measure("up", "--yes", "--skip-preview");
  }

  /** @throws where there is a change. */
  previewOfNothing(): Promise<Measured> {
    return this.measure("preview", "--expect-no-changes");
  }

  /** The state, secrets in clear. */
  async state(): Promise<StackExport> {
    return JSON.parse(await this.export("--show-secrets")) as StackExport;
  }

  /** What the state takes where it is stored, in bytes: secrets encrypted, and without the indentation of an export. */
  async stateBytes(): Promise<number> {
    return Buffer.byteLength(JSON.stringify(JSON.parse(await this.export())));
  }

  private async export(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.engine.capture("stack", "export", ...args);
    if (code !== 0) throw new Error(`pulumi stack export: ${stderr}`);
    return stdout;
  }

  private measure(...args: string[]): Promise<Measured> {
    return measure(`pulumi ${args.join(" ")}`, () => this.engine.capture(...args));
  }
}
