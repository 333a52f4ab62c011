import { createHash } from "node:crypto";
import * as path from "node:path";

import { z } from "zod";

import type { Connection } from "./connection";
import { absolutePath, connectionSchema } from "./inputs";
import { type Context, HostError, type Kind } from "./kind";
import { checkCreatable, makeDirectories, removeEmptyDirectories } from "./ownership";
import { NotAnArchive, readTarArchive, type TarArchive } from "./tar-archive";

const schema = z.strictObject({
  connection: connectionSchema,
  source: absolutePath,
  version: z.string().min(1),
  sha512: z
    .string()
    .regex(/^[0-9a-f]{128}$/, "must be a SHA-512 in hex, 128 lower-case digits")
    .optional(),
  path: absolutePath.refine((value) => value !== "/", "must be a folder of its own"),
});

type ArchiveInputs = z.infer<typeof schema>;

/** What a folder was unpacked from; kept in it, and so known when the state is lost. */
interface Mark {
  version: string;
  /** Of the archive. */
  sha512: string;
  /** Hash of the names and sizes of all files. */
  content: string;
}

interface ArchiveOutputs extends Mark {
  path: string;
  /** Whether names and sizes of all files are as they were unpacked. */
  intact: boolean;
  /** The directories that were made for it, the outermost first. */
  created: string[];
}

const markName = ".mq-archive.json";

/** An unpacked archive, without the one folder that everything in it is in. */
export const archiveKind: Kind<ArchiveInputs, ArchiveOutputs> = {
  schema,
  replaceOn: ["connection", "path"],
  secrets: {},
  id: (inputs) => inputs.path,

  async check(inputs, olds, { connection, report }) {
    if (inputs.path === undefined) {
      return [];
    }
    const found = await connection.stat(inputs.path);
    if (found === undefined) {
      const due = olds === undefined || olds.version !== inputs.version;
      if (due && inputs.source !== undefined && !(await isReadable(inputs.source, connection))) {
        report.info(`${inputs.source} is not there; up needs it`);
      }
      return checkCreatable(connection, "path", inputs.path);
    }
    return olds === undefined && (await isForeign(inputs.path, connection))
      ? [{ property: "path", reason: foreign(inputs.path) }]
      : [];
  },

  changes(inputs, olds) {
    const changed = (["version", "sha512"] as const).filter(
      (key) => inputs[key] !== undefined && inputs[key] !== olds[key],
    );
    // Not an input, but what makes an update of a folder that refresh found changed.
    return Promise.resolve(olds.intact ? changed : ["intact", ...changed]);
  },

  async create(inputs, context) {
    const { connection } = context;
    if (await isForeign(inputs.path, connection)) {
      throw new HostError(foreign(inputs.path));
    }
    const created = await makeDirectories(connection, path.posix.dirname(inputs.path));
    try {
      return { ...(await unpack(inputs, context)), created };
    } catch (error) {
      await removeEmptyDirectories(connection, created);
      throw error;
    }
  },

  async read(id, olds, { connection }) {
    if ((await connection.stat(id)) === undefined) {
      return undefined;
    }
    const mark = await readMark(id, connection);
    if (olds === undefined && mark === undefined) {
      return undefined; // nobody unpacked it here
    }
    const { version, sha512, content } = mark ?? { version: "", sha512: "", content: "" };
    const intact = mark !== undefined && (await contentOf(id, connection)) === content;
    const created = olds?.created ?? [];
    return {
      outputs: { path: id, version, sha512, content, intact, created },
      inputs: { path: id, version, sha512 },
    };
  },

  update: async (inputs, olds, context) => ({
    ...(await unpack(inputs, context)),
    created: olds.created,
  }),

  async delete(olds, { connection, report }) {
    if (await isForeign(olds.path, connection)) {
      report.info(`${olds.path} is no longer what was unpacked there, and stays`);
      return;
    }
    await connection.removeTree(olds.path);
    await removeEmptyDirectories(connection, olds.created);
  },
};

/** Unpacks beside the folder, and puts it into place in one step: nobody ever sees it in part. */
async function unpack(
  { source, version, sha512, path: folder }: ArchiveInputs,
  { connection, report }: Context,
): Promise<Omit<ArchiveOutputs, "created">> {
  const archive = await readArchive(source);
  if (sha512 !== undefined && archive.sha512 !== sha512) {
    throw new HostError(
      `${source}: its SHA-512 is ${archive.sha512}, not ${sha512}; it was damaged, or is not the archive of version ${version}: remove it, and get it again`,
    );
  }
  const content = hashOf(files(source, archive));
  const mark: Mark = { version, sha512: archive.sha512, content };
  const beside = (what: string): string =>
    path.posix.join(path.posix.dirname(folder), `.${path.posix.basename(folder)}.${what}`);
  const [unfinished, replaced] = [beside("unfinished"), beside("replaced")];
  // What is there was left by a run that was killed.
  for (const each of [unfinished, replaced]) {
    await connection.removeTree(each);
  }
  report.progress(`unpacking ${source} …`);
  try {
    await connection.makeDirectory(unfinished, "0755");
    await run(connection, ["tar", "-xzf", source, "-C", unfinished, ...tarOptions]);
    // Whatever the archive or the umask says: everybody may read it, its owner alone may change it.
    await run(connection, ["chmod", "-R", "u+rwX,go+rX,go-w,a-s", unfinished]);
    if ((await contentOf(unfinished, connection)) !== content) {
      throw new HostError(`${source} changed while it was unpacked; run up again`);
    }
    const { name: owner, gid } = await connection.effectiveUser();
    const ownership = { owner, group: await connection.groupName(String(gid)), mode: "0644" };
    await connection.write(`${unfinished}/${markName}`, `${JSON.stringify(mark)}\n`, ownership);
    if (await connection.stat(folder)) {
      await connection.rename(folder, replaced);
    }
    await connection.rename(unfinished, folder);
  } finally {
    await connection.removeTree(unfinished);
    await connection.removeTree(replaced);
  }
  return { path: folder, ...mark, intact: true };
}

const tarOptions = ["--strip-components=1", "--no-same-owner", "--no-same-permissions"];

async function readArchive(source: string): Promise<TarArchive> {
  try {
    return await readTarArchive(source);
  } catch (error) {
    if (error instanceof NotAnArchive) {
      throw new HostError(
        `${source} is not a .tar.gz that can be unpacked: ${error.message}; remove it, and get it again`,
      );
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES" || code === "EISDIR") {
      throw new HostError(`${source} cannot be read (${code}); put the archive there`);
    }
    throw error;
  }
}

/**
 * The files of an archive, as {@link list} lists them once they are unpacked.
 *
 * @throws HostError where something in it would land elsewhere, or is neither a file nor a directory.
 */
function files(source: string, { entries }: TarArchive): string[] {
  const refuse = (name: string, why: string): HostError =>
    new HostError(`${source} is not unpacked, because of "${name}" in it: ${why}; get another one`);
  const tops = new Set<string>();
  const sizes = new Map<string, number>();
  for (const { name, kind, size } of entries) {
    const steps = name
      .replace(/^(\.\/)+/, "")
      .replace(/\/+$/, "")
      .split("/");
    if (steps.some((step) => step === "" || step === "..")) {
      throw refuse(name, 'a name must not begin with "/" nor hold ".."');
    }
    if (kind === "other" || /[\n\\]/.test(name)) {
      throw refuse(name, "only plain files and directories are unpacked");
    }
    const [top = "", ...below] = steps;
    tops.add(top);
    if (tops.size > 1 || (below.length === 0 && kind === "file")) {
      throw refuse(name, "everything must be in one folder");
    }
    if (kind === "file") {
      sizes.set(below.join("/"), size);
    }
  }
  return [...sizes].map(([name, size]) => `${name} ${String(size)}`);
}

/** The hash of the names and sizes of all files below a folder, but the mark. */
async function contentOf(folder: string, connection: Connection): Promise<string> {
  const find = ["find", folder, "!", "-type", "d", "-printf", "%P %s\\n"];
  const { stdout } = await run(connection, find);
  return hashOf(stdout.split("\n").filter((line) => line !== "" && !line.startsWith(markName)));
}

function hashOf(lines: readonly string[]): string {
  return createHash("sha256")
    .update([...lines].sort().join("\n"))
    .digest("hex");
}

async function readMark(folder: string, connection: Connection): Promise<Mark | undefined> {
  const text = (await connection.read(`${folder}/${markName}`))?.toString();
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Mark);
  } catch {
    return undefined;
  }
}

/** Whether something is there that was not unpacked here; an empty folder is nobody's. */
async function isForeign(folder: string, connection: Connection): Promise<boolean> {
  const info = await connection.stat(folder);
  if (info === undefined) {
    return false;
  }
  if (info.kind !== "directory") {
    return true;
  }
  const names = await connection.list(folder);
  return names.length > 0 && !names.includes(markName);
}

function foreign(folder: string): string {
  return `${folder} is there and was not unpacked by this resource; move it away, or choose another path`;
}

async function isReadable(file: string, connection: Connection): Promise<boolean> {
  return (await connection.stat(file)) !== undefined;
}

async function run(connection: Connection, command: string[]): Promise<{ stdout: string }> {
  const result = await connection.exec(command);
  if (result.code !== 0) {
    throw new HostError(
      `${command.join(" ")} failed: ${result.stderr.trim()}; mend what it says, then run up again`,
    );
  }
  return result;
}
