import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/command";
import { isAlive } from "../lib/process";
import { isFileError } from "../toolchain/files";

/** `node`: containers run; `fake`: pods are Ready without running; `control`: an API server alone. */
export type ClusterMode = "node" | "fake" | "control";

/** What is known of a cluster that is up, or was begun. */
export interface ClusterState {
  readonly mode: ClusterMode;
  /** The process that brings the cluster up, or did. */
  readonly pid: number;
  readonly phase: "starting" | "up";
  /** The links to the executable of the cluster, kubectl among them. */
  readonly binFolder?: string;
  /** The process that holds the node's namespaces, and the archives of the images that the node has. */
  readonly node?: { readonly pid: number; readonly images: readonly string[] };
  /** Settings of the kernel by file as they were before, for they are the machine's. */
  readonly kernelSettings?: Readonly<Record<string, string>>;
}

const stateFile = (folder: string): string => join(folder, "state.json");

/** The state of the cluster of a run folder; undefined where there is none. */
export function readState(folder: string): ClusterState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(folder), "utf8")) as ClusterState;
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw new UserError(
      `${stateFile(folder)} cannot be read (${(error as Error).message}); remove it, then run npm run cluster:down`,
    );
  }
}

/**
 * Begins a cluster, which no other process can then do.
 *
 * @throws {@link UserError} where one was begun already.
 */
export function claimState(folder: string, state: ClusterState): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(stateFile(folder), JSON.stringify(state), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error;
    throw new UserError("another process brings a cluster up just now; wait until it is done");
  }
}

/** Writes what is known now. */
export function writeState(folder: string, state: ClusterState): void {
  writeFileSync(stateFile(folder), JSON.stringify(state), { mode: 0o600 });
}

/**
 * Refuses where another process brings the cluster up at this moment.
 *
 * @throws {@link UserError} naming that process.
 */
export function refuseWhileStarting(state: ClusterState | undefined): void {
  if (state?.phase !== "starting" || state.pid === process.pid || !isAlive(state.pid)) return;
  throw new UserError(
    `process ${String(state.pid)} brings the cluster up just now; wait until it is done, or end it`,
  );
}
