import "./thread-pool";
import { parseArgs } from "node:util";
import { ConfigError, loadCollectorConfig } from "../shared/config";
import { connect } from "../shared/connect";
import { logToStdout } from "../shared/log";
import { Collector } from "./collector";
import { serveHttp } from "./http";

const USAGE = "usage: collector --config FILE [--print-paths]";
const HELP = `${USAGE}

Drains one queue of the broker into <outputDir>/<queue>/, one file a message, and acknowledges what
is on disk. Messages that are unsigned, forged or too large go to <outputDir>/.rejected/<queue>/.

  --config FILE   configuration, JSON
  --print-paths   log the path of each collected file
  --help          this text

SIGHUP reads the trusted keys again; SIGTERM and SIGINT end it in order.
`;
/** A disk that hangs must not keep the process from ending, in milliseconds. */
const STOP_TIMEOUT_MS = 20_000;

async function main(): Promise<number> {
  let options;
  try {
    options = parseArgs({
      options: {
        config: { type: "string" },
        "print-paths": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`collector: ${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.config === undefined) {
    process.stderr.write(`collector: --config FILE is required\n${USAGE}\n`);
    return 2;
  }
  const config = loadCollectorConfig(options.config);
  const stop = new AbortController();
  const collector = new Collector(config, {
    connect,
    log: logToStdout,
    printPaths: options["print-paths"],
    sync: true,
    stop: stop.signal,
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      logToStdout("info", `stopping on ${signal}`);
      stop.abort();
      setTimeout(() => {
        logToStdout("error", "the last batch could not be written in time; the broker keeps it");
        process.exit(1);
      }, STOP_TIMEOUT_MS).unref();
    });
  }
  process.on("SIGHUP", () => {
    collector.reloadKeys();
  });
  const server = await serveHttp(config.http, collector.status, () => collector.probe());
  await collector.run();
  server.close();
  server.closeAllConnections();
  const { collected, rejected } = collector.status;
  const aside = [...rejected.values()].reduce((sum, count) => sum + count, 0);
  logToStdout("info", `stopped: ${String(collected)} collected, ${String(aside)} rejected`);
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`collector: ${(error as Error).message}\n`);
    process.exitCode = error instanceof ConfigError ? 2 : 1;
  },
);
