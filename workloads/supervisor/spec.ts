import * as path from "node:path";

/** What the supervisor runs: the content of `<name>.json`. */
export interface ServiceSpec {
  /** The service's name. */
  name: string;
  /** Program, by its absolute path, and arguments. */
  command: string[];
  /** Variables besides the minimal environment. */
  environment: Record<string, string>;
  /** User that it runs as; the supervisor's own when left out. */
  user?: string;
  /** Where it runs. */
  workingDirectory: string;
  /** Seconds between SIGTERM and SIGKILL. */
  stopTimeoutSeconds: number;
}

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** Ticks between boot and its start (proc(5), stat, field 22). */
  startTime: string;
}

/** What the supervisor knows: the content of `<name>.pid`. */
export interface SupervisorState {
  supervisor: ProcessIdentity;
  /** The service's process; null while it waits to start it again. */
  child: ProcessIdentity | null;
  /** How often the service has ended by itself since the supervisor started. */
  restarts: number;
  /** SHA-256 of the spec that it read, in hex. */
  specSha256: string;
}

/** What `status` prints. */
export interface ServiceStatus {
  /** Whether the supervisor and the service's process are there. */
  running: boolean;
  restarts: number;
  /** SHA-256 of the spec that is being run, in hex; empty when none is. */
  specSha256: string;
}

/** Variable that marks each process of a service, also those that leave its process group. */
export const serviceVariable = "MQ_SERVICE";

/** Variable that marks a supervisor. */
export const supervisorVariable = "MQ_SUPERVISOR";

/** Value of {@link serviceVariable} and {@link supervisorVariable}: unique on the machine. */
export function markOf(stateDirectory: string, name: string): string {
  return path.posix.join(stateDirectory, name);
}

/** The files of a service. */
export function filesOf(mark: string): { spec: string; pid: string; log: string; oldLog: string } {
  return {
    spec: `${mark}.json`,
    pid: `${mark}.pid`,
    log: `${mark}.log`,
    oldLog: `${mark}.log.1`,
  };
}
