import type { Connection } from "./connection";
import { HostError } from "./kind";
import type { ServiceDefinition, ServiceId, ServiceManager, ServiceState } from "./service-manager";
import { renderUnit, unitMark } from "./systemd-unit";

/** Lines of the journal that an error shows. */
const tailLines = 20;

/** Services under systemd, for hosts where it is PID 1. */
export class SystemdServices implements ServiceManager {
  /** @param connection The host. */
  constructor(private readonly connection: Connection) {}

  async define(service: ServiceDefinition): Promise<void> {
    const file = unitFile(service);
    const found = await this.connection.read(file);
    if (found && !found.toString().startsWith(unitMark)) {
      throw new HostError(
        `${file} is there and is not ours; give the service another name, or move the file away`,
      );
    }
    await this.connection.write(file, renderUnit(service), {
      owner: "root",
      group: "root",
      mode: "0644",
    });
    await this.systemctl("daemon-reload");
  }

  async restart(service: ServiceDefinition): Promise<void> {
    await this.systemctl("enable", unit(service));
    await this.systemctl("restart", unit(service));
  }

  async state(service: ServiceDefinition): Promise<ServiceState> {
    const found = await this.connection.read(unitFile(service));
    const shown = await this.connection.exec([
      "systemctl",
      "show",
      "--property=ActiveState,SubState,UnitFileState,NRestarts",
      unit(service),
    ]);
    const properties = new Map(
      shown.stdout.split("\n").map((line) => line.split("=", 2) as [string, string]),
    );
    return {
      running:
        found?.toString() === renderUnit(service) &&
        properties.get("ActiveState") === "active" &&
        properties.get("SubState") === "running" &&
        properties.get("UnitFileState") === "enabled",
      restarts: Number(properties.get("NRestarts") ?? 0),
    };
  }

  async logTail(service: ServiceId): Promise<string> {
    const command = ["journalctl", "--no-pager", "-n", String(tailLines), "-u", unit(service)];
    return (await this.connection.exec(command)).stdout.trimEnd();
  }

  async remove(service: ServiceId): Promise<void> {
    const file = unitFile(service);
    const found = await this.connection.read(file);
    if (!found?.toString().startsWith(unitMark)) {
      return;
    }
    await this.systemctl("disable", "--now", unit(service));
    await this.connection.remove(file);
    await this.systemctl("daemon-reload");
  }

  private async systemctl(...args: string[]): Promise<void> {
    const result = await this.connection.exec(["systemctl", ...args]);
    if (result.code !== 0) {
      throw new HostError(`systemctl ${args.join(" ")} failed: ${result.stderr.trim()}`);
    }
  }
}

function unit(service: ServiceId): string {
  return `${service.name}.service`;
}

function unitFile(service: ServiceId): string {
  return `/etc/systemd/system/${unit(service)}`;
}
