import { z } from "zod";

import type { Connection, ExecResult } from "./connection";
import { connectionSchema } from "./inputs";
import { type Context, HostError, type Kind } from "./kind";
import { type PackageManager, packageManagers } from "./package-manager";
import { withServicePolicy } from "./policy-rc";

const schema = z.strictObject({
  connection: connectionSchema,
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, "must be the name of a package, without version"),
  startServices: z.boolean().default(true),
});

type PackageInputs = z.infer<typeof schema>;

interface PackageOutputs {
  name: string;
  startServices: boolean;
  added: string[];
}

/** Lists of packages older than this are refreshed first: what they name may be gone from the mirror. */
const listsOldAfterMs = 24 * 60 * 60 * 1000;

const managerNames = packageManagers.map((each) => each.program).join(", ");

/** Package managers lock themselves; taking turns here keeps what each installation added apart. */
let turn: Promise<unknown> = Promise.resolve();

/** A package of the distribution. */
export const packageKind: Kind<PackageInputs, PackageOutputs> = {
  schema,
  replaceOn: ["connection", "name"],
  secrets: {},
  id: (inputs) => inputs.name,

  async check(inputs, _olds, { connection }) {
    if (inputs.name === undefined) {
      return [];
    }
    const manager = await findManager(connection);
    if (!manager) {
      return [
        {
          property: "connection",
          reason: `the host has no package manager that is known here (${managerNames}); install what "${inputs.name}" brings by hand, and leave this resource out`,
        },
      ];
    }
    if (
      (await connection.effectiveUser()).uid === 0 ||
      (await installed(connection, manager)).includes(inputs.name)
    ) {
      return [];
    }
    return [
      {
        property: "name",
        reason: `the package "${inputs.name}" is not installed and only root can install it; run as root, or install it first: ${manager.install(inputs.name).join(" ")}`,
      },
    ];
  },

  changes: (inputs, olds) =>
    Promise.resolve(
      inputs.startServices !== undefined && inputs.startServices !== olds.startServices
        ? ["startServices"]
        : [],
    ),

  create: (inputs, context) => inTurn(() => install(inputs, context)),

  async read(id, olds, { connection }) {
    const manager = await managerOf(connection);
    if (!(await installed(connection, manager)).includes(id)) {
      return undefined;
    }
    const startServices = olds?.startServices ?? true;
    return {
      outputs: { name: id, startServices, added: olds?.added ?? [] },
      inputs: { name: id, startServices },
    };
  },

  // Only for the next installation.
  update: (inputs, olds) => Promise.resolve({ ...olds, startServices: inputs.startServices }),

  delete: (olds, context) => inTurn(() => remove(olds, context)),
};

async function install(inputs: PackageInputs, context: Context): Promise<PackageOutputs> {
  const { connection, report } = context;
  const { name, startServices } = inputs;
  const manager = await managerOf(connection);
  const before = await installed(connection, manager);
  if (before.includes(name)) {
    return { name, startServices, added: [] };
  }
  await refresh(name, manager, context);
  const command = manager.install(name);
  report.info(`installing the package ${name}: ${command.join(" ")}`);
  const result = await withServicePolicy(connection, startServices, () =>
    execute(command, manager, context),
  );
  const after = await installed(connection, manager);
  const added = after.filter((each) => !before.includes(each)).sort();
  if (!after.includes(name)) {
    if (added.length > 0) {
      await remove({ name, startServices, added }, context);
    }
    throw failure(command, result);
  }
  if (result.code !== 0) {
    report.info(`${command.join(" ")} said: ${lastLines(result)}`);
  }
  return { name, startServices, added };
}

/** Refreshes the lists when the package is not in them or they are old. */
async function refresh(name: string, manager: PackageManager, context: Context): Promise<void> {
  if (manager.refresh === undefined) {
    return;
  }
  const { connection, report } = context;
  const known = async (): Promise<boolean> =>
    manager.isKnown((await connection.exec(manager.query(name), { env: manager.env })).stdout);
  const knownBefore = await known();
  if (knownBefore && !(await listsAreOld(connection))) {
    return;
  }
  report.info(`refreshing the list of packages: ${manager.refresh.join(" ")}`);
  const result = await execute(manager.refresh, manager, context);
  if (knownBefore) {
    return; // the mirror may be out of reach while the package is in the cache
  }
  if (!(await known())) {
    throw result.code === 0
      ? new HostError(
          `the distribution has no package "${name}"; correct the name, or add the repository that has it`,
        )
      : failure(manager.refresh, result);
  }
}

/** apt writes into this folder whenever it refreshes; the lists themselves carry the mirror's times. */
async function listsAreOld(connection: Connection): Promise<boolean> {
  const modified = await connection.modified("/var/lib/apt/lists/partial");
  return modified === undefined || Date.now() - modified.getTime() > listsOldAfterMs;
}

async function remove(olds: PackageOutputs, context: Context): Promise<void> {
  const { connection, report } = context;
  const manager = await managerOf(connection);
  const present = await installed(connection, manager);
  const candidates = olds.added.filter((name) => present.includes(name));
  const removable = await withoutNeeded(candidates, (names) =>
    simulate(names, manager, connection),
  );
  const kept = candidates.filter((name) => !removable.includes(name));
  if (kept.length > 0) {
    report.info(`other packages need ${kept.join(", ")}, which therefore stay`);
  }
  if (removable.length === 0) {
    return;
  }
  const command = manager.remove(removable);
  report.info(`removing ${String(removable.length)} packages: ${command.join(" ")}`);
  const result = await execute(command, manager, context);
  if (result.code !== 0) {
    throw failure(command, result);
  }
}

/**
 * The candidates that can be removed without any other package.
 *
 * @param candidates The packages to remove.
 * @param simulateRemoval All packages that would go when those given are removed.
 */
export async function withoutNeeded(
  candidates: readonly string[],
  simulateRemoval: (names: readonly string[]) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const others = async (names: readonly string[]): Promise<boolean> =>
    (await simulateRemoval(names)).some((name) => !candidates.includes(name));
  if (candidates.length === 0 || !(await others(candidates))) {
    return candidates;
  }
  const free: string[] = [];
  for (const name of candidates) {
    if (!(await others([name]))) {
      free.push(name);
    }
  }
  return free;
}

async function simulate(
  names: readonly string[],
  manager: PackageManager,
  connection: Connection,
): Promise<readonly string[]> {
  const command = manager.simulateRemoval(names);
  return manager.parseSimulation(names, await connection.exec(command, { env: manager.env }));
}

async function installed(connection: Connection, manager: PackageManager): Promise<string[]> {
  return manager.parseList((await connection.exec(manager.list())).stdout);
}

async function findManager(connection: Connection): Promise<PackageManager | undefined> {
  for (const manager of packageManagers) {
    if (await connection.stat(`/usr/bin/${manager.program}`)) {
      return manager;
    }
  }
  return undefined;
}

async function managerOf(connection: Connection): Promise<PackageManager> {
  const manager = await findManager(connection);
  if (!manager) {
    throw new HostError(
      `the host has no package manager that is known here (${managerNames}); install packages by hand`,
    );
  }
  return manager;
}

function execute(
  command: readonly string[],
  manager: PackageManager,
  { connection, report }: Context,
): Promise<ExecResult> {
  return connection.exec(command, {
    env: manager.env,
    onLine: (line) => {
      report.progress(line);
    },
  });
}

function failure(command: readonly string[], result: ExecResult): HostError {
  return new HostError(
    `${command.join(" ")} failed: ${lastLines(result)}; mend what it says, then run up again`,
  );
}

function lastLines(result: ExecResult): string {
  return (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-5).join("\n");
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work);
  turn = mine.catch(() => undefined);
  return mine;
}
