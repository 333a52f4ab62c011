import { spawn, type ChildProcess } from "node:child_process";
import { eventually } from "./eventually";

/** A running command of the project. */
export class Command {
  readonly child: ChildProcess;
  /** What it has printed until now, on both streams. */
  output = "";
  /** Its exit code. */
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[], env: Record<string, string>) {
    this.child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (data: Buffer): void => {
      this.output += data.toString();
    };
    this.child.stdout?.on("data", keep);
    this.child.stderr?.on("data", keep);
    this.ended = new Promise((resolve) => {
      this.child.on("close", resolve);
    });
  }

  /** Waits until it has printed something. */
  async prints(pattern: RegExp): Promise<void> {
    await eventually(() => {
      if (this.child.exitCode !== null && !pattern.test(this.output)) {
        throw new Error(`ended without ${String(pattern)}:\n${this.output}`);
      }
      return pattern.test(this.output);
    }, 120);
  }

  /** Waits for its end. @returns exit code and what it printed. */
  async result(): Promise<{ code: number | null; output: string }> {
    return { code: await this.ended, output: this.output };
  }
}
