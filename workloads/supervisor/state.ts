import { createHash } from "node:crypto";
import * as fs from "node:fs";

import { filesOf, type ServiceSpec, type SupervisorState } from "./spec";

/** Reads the spec of a service, with its SHA-256 in hex. */
export function readSpec(mark: string): { spec: ServiceSpec; sha256: string } {
  const text = fs.readFileSync(filesOf(mark).spec, "utf8");
  return {
    spec: JSON.parse(text) as ServiceSpec,
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

/** What the supervisor last wrote; undefined when there is nothing, or nothing that can be read. */
export function readState(mark: string): SupervisorState | undefined {
  try {
    return JSON.parse(fs.readFileSync(filesOf(mark).pid, "utf8")) as SupervisorState;
  } catch {
    return undefined;
  }
}

/** Replaces what the supervisor last wrote, at once. */
export function writeState(mark: string, state: SupervisorState): void {
  const { pid } = filesOf(mark);
  const temporary = `${pid}.new`;
  fs.writeFileSync(temporary, JSON.stringify(state), { mode: 0o600 });
  fs.renameSync(temporary, pid);
}

/** Forgets the supervisor. */
export function removeState(mark: string): void {
  fs.rmSync(filesOf(mark).pid, { force: true });
}
