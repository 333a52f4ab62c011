import type { CheckFailure } from "@pulumi/pulumi/provider";
import { z } from "zod";

import { entryXml, putBlock, readBlock, removeBlock } from "./authorization-block";
import type { Connection, Ownership } from "./connection";
import { absolutePath, connectionSchema } from "./inputs";
import { type Context, HostError, type Kind } from "./kind";
import { checkCreatable, ownershipOf } from "./ownership";
import { XmlError } from "./xml-tree";

const text = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}\ufffe\uffff]*$/u, "must not hold a newline or another control character");

const entry = z
  .strictObject({
    queue: text.optional(),
    topic: text.optional(),
    read: text,
    write: text,
    admin: text,
  })
  .refine(
    ({ queue, topic }) => (queue === undefined) !== (topic === undefined),
    "must have either a queue or a topic",
  );

const schema = z.strictObject({
  connection: connectionSchema,
  path: absolutePath,
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must be letters, digits, ".", "_" and "-"')
    .max(100),
  entries: z.array(entry).min(1, "needs at least one entry; leave the resource out"),
  restart: z.tuple([text.min(1)], text).optional(),
});

type EntriesInputs = z.infer<typeof schema>;

interface EntriesOutputs {
  path: string;
  name: string;
  /** Our entries as they stand in the file. */
  found: string[];
  restart?: string[] | undefined;
}

/** An `activemq.xml` as it is. */
interface BrokerFile {
  path: string;
  /** Its bytes, each as one character. */
  xml: string;
  ownership: Ownership;
}

/** Lines that an error shows of what a command wrote. */
const tailLines = 20;

/** Entries in the `activemq.xml` of a broker that is somebody else's. */
export const authorizationEntriesKind: Kind<EntriesInputs, EntriesOutputs> = {
  schema,
  replaceOn: ["connection", "path", "name"],
  secrets: {},
  id: (inputs) => inputs.path,

  async check({ path, name }, _olds, { connection }) {
    if (path === undefined || name === undefined) {
      return [];
    }
    const failures = await checkOwned(connection, path);
    if (failures.length > 0) {
      return failures;
    }
    try {
      const file = await load(connection, path);
      named(file, () => readBlock(file.xml, name));
      return await checkCreatable(connection, "path", path);
    } catch (error) {
      if (error instanceof HostError) {
        return [{ property: "path", reason: error.message }];
      }
      throw error;
    }
  },

  changes({ entries, restart }, olds) {
    const changed: string[] = [];
    if (entries !== undefined && !same(entries.map(entryXml), olds.found)) {
      changed.push("entries");
    }
    if (!same(restart, olds.restart)) {
      changed.push("restart");
    }
    return Promise.resolve(changed);
  },

  async create(inputs, context) {
    const { connection } = context;
    const found = await load(connection, inputs.path);
    // Entries of ours are there when a run was interrupted, maybe before the restart.
    const file = { ...found, xml: named(found, () => removeBlock(found.xml, inputs.name)) };
    const backup = backupOf(file.path);
    const backedUp = file.xml === found.xml && (await connection.link(file.path, backup));
    try {
      await replace(file, withEntries(inputs, file), inputs.restart, context);
    } catch (error) {
      if (backedUp) {
        await connection.remove(backup);
      }
      throw error;
    }
    return outputsOf(inputs);
  },

  async read(id, olds, { connection, report }) {
    if (olds === undefined) {
      throw new HostError(
        "entries cannot be imported, for what is ours among them is what our comments say; leave out the import and let up create them",
      );
    }
    if ((await connection.stat(id)) === undefined) {
      return undefined;
    }
    try {
      const file = await load(connection, id);
      const found = named(file, () => readBlock(file.xml, olds.name));
      return { outputs: { ...olds, found }, inputs: {} };
    } catch (error) {
      if (error instanceof HostError) {
        report.info(error.message);
        return { outputs: { ...olds, found: [] }, inputs: {} };
      }
      throw error;
    }
  },

  async update(inputs, olds, context) {
    const file = await load(context.connection, inputs.path);
    const xml = withEntries(inputs, file);
    // The file may have been written by a run that was interrupted before the restart.
    if (xml !== file.xml || !same(outputsOf(inputs).found, olds.found)) {
      await replace(file, xml, inputs.restart, context);
    }
    return outputsOf(inputs);
  },

  async delete({ path, name, restart }, context) {
    const { connection, report } = context;
    if ((await connection.stat(path)) === undefined) {
      return;
    }
    const file = await load(connection, path);
    const bare = named(file, () => removeBlock(file.xml, name));
    if (bare !== file.xml) {
      await replace(file, bare, restart, context);
    }
    const backup = await connection.read(backupOf(path));
    if (backup?.toString("latin1") === bare) {
      await connection.remove(backupOf(path));
    } else if (backup) {
      report.info(`${backupOf(path)} stays: others have changed ${path} since`);
    }
  },
};

/** That the effective user may put another file in the place of this one, and give it to the same owner. */
async function checkOwned(connection: Connection, path: string): Promise<CheckFailure[]> {
  const user = await connection.effectiveUser();
  const info = await connection.stat(path);
  if (user.uid === 0 || info === undefined || info.owner === user.name) {
    return [];
  }
  return [
    {
      property: "path",
      reason: `${path} is ${info.owner}'s, and only root or ${info.owner} can change it; run as one of them`,
    },
  ];
}

async function load(connection: Connection, path: string): Promise<BrokerFile> {
  const info = await connection.stat(path);
  const bytes = info?.kind === "file" ? await connection.read(path) : undefined;
  if (info === undefined || bytes === undefined) {
    throw new HostError(
      info
        ? `${path} is not a regular file; give the path of the file itself, not of a link to it`
        : `${path} is not there; give the path of the broker's activemq.xml`,
    );
  }
  return { path, xml: bytes.toString("latin1"), ownership: ownershipOf(info) };
}

/** What an operation on a file's text gives; names the file when it fails. */
function named<T>({ path }: BrokerFile, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw error instanceof XmlError ? new HostError(`${path} ${error.message}`) : error;
  }
}

function withEntries({ name, entries }: EntriesInputs, file: BrokerFile): string {
  return named(file, () => putBlock(file.xml, name, entries.map(entryXml)));
}

function outputsOf({ path, name, entries, restart }: EntriesInputs): EntriesOutputs {
  return { path, name, found: entries.map(entryXml), restart };
}

/** Writes the file and restarts its broker; puts the file back when that fails. */
async function replace(
  { path, xml: former, ownership }: BrokerFile,
  xml: string,
  restart: readonly string[] | undefined,
  { connection, report }: Context,
): Promise<void> {
  const write = (content: string): Promise<void> =>
    connection.write(path, Buffer.from(content, "latin1"), ownership);
  await write(xml);
  if (restart === undefined) {
    return;
  }
  report.progress(`restarting the broker of ${path}`);
  const failure = await failureOf(restart, connection);
  if (failure === undefined) {
    return;
  }
  await write(former);
  const again = await failureOf(restart, connection);
  const state =
    again === undefined ? "the broker has restarted with it" : "that failed with it too";
  throw new HostError(`${failure}\n${path} is as it was before, and ${state}`);
}

/** Runs the command; why it failed and what it wrote last, or undefined. */
async function failureOf(
  command: readonly string[],
  connection: Connection,
): Promise<string | undefined> {
  const { code, stdout, stderr } = await connection.exec(command);
  const tail = (stdout + stderr).trimEnd().split("\n").slice(-tailLines).join("\n");
  return code === 0
    ? undefined
    : `restart: "${command.join(" ")}" ended with ${String(code)}; mend what it says:\n${tail}`;
}

function backupOf(path: string): string {
  return `${path}.before-mq`;
}

function same(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
