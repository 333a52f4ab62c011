import { parseArgs } from "node:util";
import { ConfigError, readPassword } from "../shared/config";
import { logToStdout } from "../shared/log";
import { apply } from "./apply";
import { loadAccessConfig } from "./config";
import { readShards } from "./definitions";
import { Management } from "./management";
import { waitForNodes } from "./nodes";

const USAGE = "usage: access --config FILE";
const HELP = `${USAGE}

Applies definitions (vhosts, users, permissions, queues) to a RabbitMQ through its management API, once its nodes run,
and removes what it applied before and is no longer in them. The broker keeps what was applied, by name, as the global
parameter mq-access.

  --config FILE   configuration, JSON
  --help          this text

Exit code: 0 applied, 1 not applied, 2 wrong arguments or configuration.
`;

async function main(): Promise<number> {
  let options;
  try {
    options = parseArgs({
      options: { config: { type: "string" }, help: { type: "boolean", default: false } },
    }).values;
  } catch (error) {
    process.stderr.write(`access: ${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.config === undefined) {
    process.stderr.write(`access: --config FILE is required\n${USAGE}\n`);
    return 2;
  }
  const config = loadAccessConfig(options.config);
  const shards = readShards(config.definitionsDir);
  const broker = new Management({ ...config, password: readPassword(config.passwordFile) });
  await waitForNodes(broker, config, logToStdout);
  await apply(broker, shards, logToStdout);
  return 0;
}

// As the first process of a container it would not end by itself.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    process.stderr.write(`access: stopped by ${signal}; the next run goes on\n`);
    process.exit(1);
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`access: ${(error as Error).message}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  },
);
