import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HostCollector } from "../../components/collectors/fleet-workloads";
import { markOf } from "../../workloads/supervisor/spec";
import { UserError } from "./command";
import { run } from "./process";

/**
 * Stops or starts a collector's service on this machine; its definition stays.
 *
 * @throws {@link UserError} with what the service manager said.
 */
export async function controlService(
  action: "stop" | "start",
  { service, stateDirectory }: Pick<HostCollector, "service" | "stateDirectory">,
): Promise<void> {
  const [command, ...args] = existsSync("/run/systemd/system")
    ? (["systemctl", action, service] as const)
    : ([
        process.execPath,
        join(stateDirectory, "supervisor.js"),
        action,
        markOf(stateDirectory, service),
      ] as const);
  const { code, stderr } = await run(command, args, { capture: true });
  if (code !== 0) throw new UserError(`${service} could not be ${action}ed: ${stderr.trim()}`);
}
