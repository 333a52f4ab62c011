import { z } from "zod";

import { absolutePath, connectionSchema } from "./inputs";
import { type Context, HostError, type Kind } from "./kind";

const schema = z.strictObject({
  connection: connectionSchema,
  name: z
    .string()
    .regex(
      /^[a-z_][a-z0-9_-]{0,31}$/,
      'must be lower-case letters, digits, "-" and "_", at most 32, and not begin with a digit or "-"',
    ),
  home: absolutePath.optional(),
});

type UserInputs = z.infer<typeof schema>;

interface UserOutputs {
  name: string;
  home: string;
  created: boolean;
}

/** What Debian gives to accounts that have no home. */
const noHome = "/nonexistent";

/** A system account without login. */
export const userKind: Kind<UserInputs, UserOutputs> = {
  schema,
  replaceOn: ["connection", "name"],
  secrets: {},
  id: (inputs) => inputs.name,

  async check(inputs, _olds, { connection }) {
    if (
      inputs.name === undefined ||
      (await connection.account(inputs.name)) ||
      (await connection.effectiveUser()).uid === 0
    ) {
      return [];
    }
    return [
      {
        property: "name",
        reason: `the account "${inputs.name}" does not exist and only root can make it; run as root, or make it first: ${addCommand(inputs, true).join(" ")}`,
      },
    ];
  },

  changes: (inputs, olds) =>
    Promise.resolve(olds.created && (inputs.home ?? noHome) !== olds.home ? ["home"] : []),

  async create(inputs, context) {
    const account = await context.connection.account(inputs.name);
    if (account) {
      return { name: inputs.name, home: account.home, created: false };
    }
    const group = await context.connection.exec(["getent", "group", inputs.name]);
    await run(addCommand(inputs, group.code !== 0), context);
    return { name: inputs.name, home: inputs.home ?? noHome, created: true };
  },

  async read(id, olds, { connection }) {
    const account = await connection.account(id);
    return (
      account && {
        outputs: { name: id, home: account.home, created: olds?.created ?? false },
        inputs: { name: id, home: account.home },
      }
    );
  },

  async update(inputs, olds, context) {
    const home = inputs.home ?? noHome;
    if (olds.created) {
      await run(["usermod", "--home", home, inputs.name], context);
      return { ...olds, home };
    }
    return olds;
  },

  async delete(olds, context) {
    if (olds.created && (await context.connection.account(olds.name))) {
      await run(["userdel", olds.name], context);
    }
  },
};

/**
 * The command that makes a system account (useradd(8)).
 *
 * @param inputs Which account.
 * @param withGroup Whether its group is to be made too, else the one of its name is used.
 */
export function addCommand(
  inputs: { name?: string | undefined; home?: string | undefined },
  withGroup: boolean,
): string[] {
  const name = inputs.name ?? "";
  return [
    "useradd",
    "--system",
    ...(withGroup ? ["--user-group"] : ["--gid", name]),
    "--no-create-home",
    "--home-dir",
    inputs.home ?? noHome,
    "--shell",
    "/usr/sbin/nologin",
    name,
  ];
}

async function run(command: string[], { connection }: Context): Promise<void> {
  const result = await connection.exec(command);
  if (result.code !== 0) {
    throw new HostError(
      `${command.join(" ")} failed: ${(result.stderr || result.stdout).trim()}; mend what it says, then run up again`,
    );
  }
}
