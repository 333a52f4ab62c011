import { createHash } from "node:crypto";
import * as path from "node:path";

import { buildSync } from "esbuild";

import { filesOf, markOf, type ServiceStatus } from "../../../../workloads/supervisor/spec";
import type { Connection, ExecResult } from "./connection";
import { HostError } from "./kind";
import { fullOwnership } from "./ownership";
import type { ServiceDefinition, ServiceId, ServiceManager, ServiceState } from "./service-manager";

const program = "supervisor.js";
const source = path.join(__dirname, "../../../../workloads/supervisor/main.ts");

/** Lines of the log that an error shows. */
const tailLines = 20;

/** Services under our own supervisor, for hosts where systemd is not PID 1. */
export class SupervisedServices implements ServiceManager {
  /** @param connection The host. */
  constructor(private readonly connection: Connection) {}

  async define(service: ServiceDefinition): Promise<void> {
    const code = bundle();
    const installed = path.posix.join(service.stateDirectory, program);
    if (!(await this.connection.read(installed))?.equals(code)) {
      await this.write(installed, code, "0644");
    }
    await this.write(filesOf(mark(service)).spec, renderSpec(service), "0600");
  }

  async restart(service: ServiceDefinition): Promise<void> {
    const result = await this.run("start", service);
    if (result.code !== 0) {
      throw new HostError(`${service.name} could not be started: ${result.stderr.trim()}`);
    }
  }

  async state(service: ServiceDefinition): Promise<ServiceState> {
    const spec = await this.connection.read(filesOf(mark(service)).spec);
    const installed = path.posix.join(service.stateDirectory, program);
    if (spec === undefined || (await this.connection.stat(installed)) === undefined) {
      return { running: false, restarts: 0 };
    }
    const result = await this.run("status", service);
    const status = JSON.parse(result.stdout || "{}") as Partial<ServiceStatus>;
    const wanted = renderSpec(service);
    const asDefined = spec.toString() === wanted && status.specSha256 === sha256(wanted);
    return {
      running: status.running === true && asDefined,
      restarts: status.restarts ?? 0,
    };
  }

  async logTail(service: ServiceId): Promise<string> {
    const text = (await this.connection.read(filesOf(mark(service)).log))?.toString() ?? "";
    return text.trimEnd().split("\n").slice(-tailLines).join("\n");
  }

  async remove(service: ServiceId): Promise<void> {
    const installed = path.posix.join(service.stateDirectory, program);
    if (await this.connection.stat(installed)) {
      const result = await this.run("stop", service);
      if (result.code !== 0) {
        throw new HostError(`${service.name} could not be stopped: ${result.stderr.trim()}`);
      }
    }
    for (const file of Object.values(filesOf(mark(service)))) {
      await this.connection.remove(file);
    }
    // The last service takes the supervisor's program with it.
    const left = await this.connection.list(service.stateDirectory);
    if (!left.some((name) => name.endsWith(".json"))) {
      await this.connection.remove(installed);
    }
  }

  private run(command: string, service: ServiceId): Promise<ExecResult> {
    const installed = path.posix.join(service.stateDirectory, program);
    return this.connection.exec([this.connection.node, installed, command, mark(service)]);
  }

  private async write(file: string, content: string | Buffer, mode: string): Promise<void> {
    await this.connection.write(file, content, await fullOwnership(this.connection, {}, mode));
  }
}

/** The supervisor's spec of a service, as text. */
export function renderSpec(service: ServiceDefinition): string {
  const { name, command, environment, user, workingDirectory, stopTimeoutSeconds } = service;
  const sorted = Object.fromEntries(
    Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const spec = { name, command, environment: sorted, user, workingDirectory, stopTimeoutSeconds };
  return `${JSON.stringify(spec, null, 2)}\n`;
}

let bundled: Buffer | undefined;

/** The supervisor as one file, for Node 18 and newer. */
function bundle(): Buffer {
  bundled ??= Buffer.from(
    buildSync({
      entryPoints: [source],
      bundle: true,
      write: false,
      platform: "node",
      target: "node18",
      format: "cjs",
      logLevel: "silent",
    }).outputFiles[0]?.contents ?? [],
  );
  return bundled;
}

function mark(service: ServiceId): string {
  return markOf(service.stateDirectory, service.name);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
