import { type ChildProcess, spawn } from "node:child_process";

import { type Account, findAccount } from "./account";
import { ServiceLog } from "./log";
import { end, findGroup, findMarked, findProcess } from "./processes";
import {
  filesOf,
  type ProcessIdentity,
  type ServiceSpec,
  serviceVariable,
  type SupervisorState,
} from "./spec";
import { readSpec, removeState, writeState } from "./state";

/** Seconds to wait before the service is started again: more each time that it ends soon. */
const backOffSeconds = [1, 2, 4, 8, 16, 30];

/** A service that ran for this long begins anew with the shortest wait. */
const stableSeconds = 60;

/** Time that processes which outlived their service's group get to end. */
const leftoverSeconds = 5;

/** Keeps one service running until SIGTERM. */
export class Supervisor {
  private readonly spec: ServiceSpec;
  private readonly state: SupervisorState;
  private readonly log: ServiceLog;
  private child: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private stopping = false;

  /** @param mark The service's mark; its spec is read once. */
  constructor(private readonly mark: string) {
    const { spec, sha256 } = readSpec(mark);
    const files = filesOf(mark);
    this.spec = spec;
    this.log = new ServiceLog(files.log, files.oldLog);
    this.state = {
      supervisor: identify(process.pid),
      child: null,
      restarts: 0,
      specSha256: sha256,
    };
  }

  /** Starts the service, and starts it again whenever it ends. */
  run(): void {
    process.umask(0o022);
    process.on("SIGHUP", () => undefined);
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.on(name, () => void this.stop());
    }
    this.start();
  }

  private start(): void {
    const [program = "", ...args] = this.spec.command;
    const startedAt = process.hrtime.bigint();
    let ended = false;
    const onEnd = (how: string): void => {
      if (!ended) {
        ended = true;
        void this.startAgain(how, Number(process.hrtime.bigint() - startedAt) / 1e9);
      }
    };
    try {
      const account = this.spec.user === undefined ? undefined : findAccount(this.spec.user);
      const child = spawn(program, args, {
        cwd: this.spec.workingDirectory,
        env: environmentOf(this.spec, account, this.mark),
        stdio: ["ignore", this.log.descriptor, this.log.descriptor],
        detached: true, // a process group of its own, to be ended as a whole
        // Setting the user also clears the supplementary groups, which only root may do.
        ...(account && account.uid !== process.getuid?.()
          ? { uid: account.uid, gid: account.gid }
          : {}),
      });
      child.on("error", (error) => {
        onEnd(`could not be started: ${error.message}`);
      });
      child.on("exit", (code, signal) => {
        onEnd(signal === null ? `ended with status ${String(code)}` : `was ended by ${signal}`);
      });
      this.child = child;
      this.state.child = child.pid === undefined ? null : identify(child.pid);
    } catch (error) {
      onEnd(`could not be started: ${(error as Error).message}`);
    }
    writeState(this.mark, this.state);
  }

  private async startAgain(how: string, seconds: number): Promise<void> {
    if (this.stopping) {
      return;
    }
    this.failures = seconds >= stableSeconds ? 1 : this.failures + 1;
    const wait = backOffSeconds[Math.min(this.failures, backOffSeconds.length) - 1] ?? 1;
    this.log.write(`${this.spec.name} ${how}; it is started again in ${String(wait)} s`);
    this.state.restarts += 1;
    this.state.child = null;
    writeState(this.mark, this.state);
    await this.endProcesses();
    if (!this.isStopping()) {
      this.timer = setTimeout(() => {
        this.start();
      }, wait * 1000);
    }
  }

  private async stop(): Promise<void> {
    if (this.stopping) {
      return;
    }
    this.stopping = true;
    clearTimeout(this.timer);
    await this.endProcesses();
    removeState(this.mark);
    process.exit(0);
  }

  /** Another way to ask, for the compiler takes a field to stay as it was across an `await`. */
  private isStopping(): boolean {
    return this.stopping;
  }

  private async endProcesses(): Promise<void> {
    const group = this.child?.pid;
    if (group !== undefined) {
      await end(() => findGroup(group), this.spec.stopTimeoutSeconds);
    }
    // Only now what left the group: the service may need it to end in good order.
    await end(() => findMarked(serviceVariable, this.mark), leftoverSeconds);
  }
}

/** A minimal environment: nothing that the supervisor was started with gets to the service. */
function environmentOf(
  spec: ServiceSpec,
  account: Account | undefined,
  mark: string,
): Record<string, string> {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "C.UTF-8",
    HOME: account?.home ?? process.env["HOME"] ?? "/",
    ...(account && { USER: account.name, LOGNAME: account.name }),
    ...spec.environment,
    [serviceVariable]: mark,
  };
}

function identify(pid: number): ProcessIdentity {
  return { pid, startTime: findProcess(pid)?.startTime ?? "" };
}
