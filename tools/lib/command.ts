import { parseArgs, type ParseArgsConfig } from "node:util";

/** A command of the project, `npm run NAME -- ARGUMENT…`. */
export interface Command<Options extends NonNullable<ParseArgsConfig["options"]>> {
  /** Text of `--help`; its first line is the usage. */
  readonly help: string;
  readonly options: Options;
  /** Least and most number of arguments. */
  readonly positionals: readonly [least: number, most: number];
  /** @returns the exit code; default 0. */
  run(
    values: ReturnType<
      typeof parseArgs<{ options: Options; allowPositionals: true; strict: true }>
    >["values"],
    positionals: string[],
  ): Promise<number | undefined> | Promise<void>;
}

/** An error that says all a user needs: shown without a stack trace, exit code 1. */
export class UserError extends Error {}

/** Typed as written: gives `run` the types of its options. */
export function defineCommand<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  command: Command<Options>,
): Command<Options> {
  return command;
}

/**
 * Runs a command with its arguments.
 *
 * @returns the exit code: 0, what the command returns, 1 after an error, 2 for arguments that it does not have.
 */
export async function runCommand<Options extends NonNullable<ParseArgsConfig["options"]>>(
  command: Command<Options>,
  argv: string[],
): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    console.log(command.help);
    return 0;
  }
  const [usage = ""] = command.help.split("\n");
  let parsed;
  try {
    parsed = parseArgs({
      args: argv,
      options: command.options,
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    console.error(`mq: ${(error as Error).message.split("\n")[0] ?? ""}\n${usage}`);
    return 2;
  }
  const [least, most] = command.positionals;
  const given = parsed.positionals.length;
  if (given < least || given > most) {
    console.error(`mq: ${given < least ? "Argument required" : "too many arguments"}\n${usage}`);
    return 2;
  }
  try {
    return (await command.run(parsed.values, parsed.positionals)) ?? 0;
  } catch (error) {
    console.error(error instanceof UserError ? `mq: ${error.message}` : error);
    return 1;
  }
}
