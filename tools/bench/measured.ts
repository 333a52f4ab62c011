import { readFileSync } from "node:fs";
import type { Finished } from "../lib/process";

/** What a piece of work took. */
export interface Measured {
  /** Of the clock on the wall. */
  readonly seconds: number;
  /** Of processors, of all processes that were started for it and have ended. */
  readonly cpuSeconds: number;
}

/** Linux counts in hundredths of a second for `/proc`, whatever its own clock is. */
const ticksPerSecond = 100;

/**
 * Runs a process and measures it.
 *
 * @throws unless it ends with one of the codes, with what it printed.
 */
export async function measure(
  what: string,
  work: () => Promise<Finished>,
  codes: readonly number[] = [0],
): Promise<Measured> {
  const [cpu, start] = [childrenCpuSeconds(), performance.now()];
  const { code, stdout, stderr } = await work();
  const seconds = (performance.now() - start) / 1000;
  if (!codes.includes(code)) {
    throw new Error(`${what}: exit code ${String(code)}\n${stdout}${stderr}`);
  }
  return { seconds, cpuSeconds: childrenCpuSeconds() - cpu };
}

/** Processor time of this process's children that have ended, and of theirs: Pulumi waits for its plugins. */
function childrenCpuSeconds(): number {
  // The name of the command, in brackets, may hold anything.
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}
