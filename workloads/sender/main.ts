import { parseArgs } from "node:util";
import { ConfigError, loadSenderConfig } from "../shared/config";
import { connect } from "../shared/connect";
import { logToStdout, quote } from "../shared/log";
import { checkSecrets, defaultTimeout, readParcel, readStream, send } from "./send";

const USAGE =
  "usage: mq-send [--config FILE] ([--log] [--timeout SECONDS] (FILE | --name NAME -) | --wait)";
const CONFIG = "/etc/kermit/sender.json";
const HELP = `${USAGE}

Signs a file and sends it; succeeds when the broker has confirmed it.

  --config FILE      configuration, JSON; ${CONFIG} by default
  --log              to the log queue; the inventory queue without it
  --name NAME        name of the file at the collector; needed with -, standard input
  --timeout SECONDS  limit for the whole; 10 and 1 more for each MiB by default
  --wait             send nothing; see that configuration, password and key can be read, and keep
                     running until SIGTERM, for files that are sent by another mq-send beside it
  --help             this text

Exit code: 0 confirmed, 1 not sent, 2 wrong arguments or configuration.
`;

class UsageError extends Error {}

function options() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        config: { type: "string", default: CONFIG },
        log: { type: "boolean", default: false },
        name: { type: "string" },
        timeout: { type: "string" },
        wait: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (values.wait) {
    if (file !== undefined) throw new UsageError("--wait takes no FILE");
    return { config: values.config, wait: true } as const;
  }
  if (file === undefined || file === "") throw new UsageError("Argument required");
  if (more.length > 0) throw new UsageError("one FILE at a time");
  if (file === "-" && values.name === undefined) throw new UsageError("- needs --name NAME");
  const seconds = values.timeout === undefined ? undefined : Number(values.timeout);
  if (seconds !== undefined && !(seconds > 0 && seconds <= 86_400)) {
    throw new UsageError("--timeout must be a number of seconds from 0 to 86400");
  }
  const { config, log, name } = values;
  return { config, wait: false, log, name, seconds, file } as const;
}

/** Resolves when the process is asked to end. */
function terminated(): Promise<void> {
  return new Promise((resolve) => {
    // A promise alone does not keep the process running.
    const alive = setInterval(() => undefined, 2 ** 31 - 1);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        clearInterval(alive);
        resolve();
      });
    }
  });
}

async function main(): Promise<number> {
  const given = options();
  if (given === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const config = loadSenderConfig(given.config);
  if (given.wait) {
    checkSecrets(config);
    const end = terminated();
    const { host, port } = config.broker;
    logToStdout("info", `ready to send to ${host}:${String(port)} as ${quote(config.sender)}`);
    await end;
    return 0;
  }
  const parcel =
    given.file === "-"
      ? await readStream(process.stdin, given.name ?? "", config.maxBytes)
      : readParcel(given.file, config.maxBytes, given.name);
  await send(parcel, {
    config,
    target: given.log ? config.log : config.inventory,
    connect,
    timeoutMs:
      given.seconds === undefined ? defaultTimeout(parcel.body.length) : given.seconds * 1000,
  });
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const { message } = error as Error;
    process.stderr.write(`mq-send: ${message}\n${error instanceof UsageError ? `${USAGE}\n` : ""}`);
    process.exit(error instanceof UsageError || error instanceof ConfigError ? 2 : 1);
  },
);
