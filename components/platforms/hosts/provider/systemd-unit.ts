import type { ServiceDefinition } from "./service-manager";

/** First line of each unit of ours, by which it is told from others'. */
export const unitMark = "# Made by mq's hosts provider; changes are overwritten.";

/** What an argument or a variable may not hold: a unit file cannot express it, or not in every version. */
export const unprintable = /[\0-\x08\x0a-\x1f\x7f]/;

/** What systemd takes as a program's path without looking for prefixes, specifiers or variables in it. */
export const plainPath = /^\/[A-Za-z0-9_./+:@ -]*$/;

/**
 * The systemd unit of a service (systemd.service(5), systemd.exec(5), systemd.syntax(7)).
 *
 * @param service The service. Its program's path must be plain, and no text hold control characters.
 */
export function renderUnit(service: ServiceDefinition): string {
  const [program = "", ...args] = service.command;
  const environment = Object.entries(service.environment).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    unitMark,
    "[Unit]",
    `Description=${specifiers(service.description)}`,
    "After=network.target",
    // Restart for ever, like the supervisor does elsewhere.
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=simple",
    `ExecStart=${[quote(program), ...args.map(argument)].join(" ")}`,
    ...environment.map(([name, value]) => `Environment=${quote(specifiers(`${name}=${value}`))}`),
    ...(service.user === undefined ? [] : [`User=${service.user}`]),
    `WorkingDirectory=${specifiers(service.workingDirectory)}`,
    "Restart=always",
    "RestartSec=1",
    // How Java ends when it is asked to: else a unit that was stopped counts as failed.
    "SuccessExitStatus=143",
    `TimeoutStopSec=${String(service.stopTimeoutSeconds)}`,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

/** An argument of a command line: variables and specifiers are not replaced in it. */
function argument(text: string): string {
  return quote(specifiers(text).replaceAll("$", "$$$$"));
}

function specifiers(text: string): string {
  return text.replaceAll("%", "%%");
}

function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\t", "\\t");
  return `"${escaped}"`;
}
