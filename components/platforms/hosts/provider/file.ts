import { createHash } from "node:crypto";
import * as path from "node:path";

import { z } from "zod";

import type { Ownership } from "./connection";
import { absolutePath, accountName, connectionSchema, mode } from "./inputs";
import { type Context, HostError, type Kind } from "./kind";
import {
  checkCreatable,
  checkOwner,
  fullOwnership,
  ownershipChanges,
  ownershipOf,
} from "./ownership";

const schema = z.strictObject({
  connection: connectionSchema,
  path: absolutePath,
  content: z.string(),
  owner: accountName.optional(),
  group: accountName.optional(),
  mode: mode.optional(),
});

type FileInputs = z.infer<typeof schema>;

interface FileOutputs extends Ownership {
  path: string;
  contentSha256: string;
  backup: string;
}

const defaultMode = "0644";

/** A regular file. Its content never gets into the outputs, only the hash of it. */
export const fileKind: Kind<FileInputs, FileOutputs> = {
  schema,
  replaceOn: ["connection", "path"],
  secrets: { content: "contentSha256" },
  id: (inputs) => inputs.path,

  async check(inputs, olds, { connection, report }) {
    if (inputs.path === undefined) {
      return [];
    }
    const failures = await checkOwner(connection, inputs);
    const info = await connection.stat(inputs.path);
    if (info && info.kind !== "file") {
      return [...failures, { property: "path", reason: notAFile(inputs.path) }];
    }
    if (info && olds === undefined && inputs.content !== undefined) {
      const found = await connection.read(inputs.path);
      if (found && hash(found) !== hash(inputs.content)) {
        report.info(`${inputs.path} exists; it will be kept as ${backupOf(inputs.path)}`);
      }
    }
    return [...failures, ...(await checkCreatable(connection, "path", inputs.path))];
  },

  async changes(inputs, olds, { connection }) {
    const wanted = await fullOwnership(connection, inputs, defaultMode);
    const changed = ownershipChanges(wanted, olds);
    const { content } = inputs;
    return content !== undefined && hash(content) !== olds.contentSha256
      ? ["content", ...changed]
      : changed;
  },

  async create(inputs, context) {
    const { connection } = context;
    const info = await connection.stat(inputs.path);
    let backup = "";
    if (info?.kind === "file") {
      const found = await connection.read(inputs.path);
      // The same content is what an interrupted run left: it is taken over.
      if (found && hash(found) !== hash(inputs.content)) {
        backup = backupOf(inputs.path);
        // The first backup is the original; what stands here by its side is of an interrupted run.
        await connection.link(inputs.path, backup);
      }
    }
    return write(inputs, backup, context);
  },

  async read(id, olds, { connection }) {
    const info = await connection.stat(id);
    if (info === undefined) {
      return undefined;
    }
    const content = info.kind === "file" ? await connection.read(id) : undefined;
    const outputs = {
      path: id,
      ...ownershipOf(info),
      contentSha256: content ? hash(content) : "",
      backup: olds?.backup ?? "",
    };
    return {
      outputs,
      inputs: { path: id, content: content?.toString() ?? "", ...ownershipOf(info) },
    };
  },

  update: (inputs, olds, context) => write(inputs, olds.backup, context),

  async delete(olds, { connection }) {
    const info = await connection.stat(olds.path);
    if (info?.kind === "directory") {
      return; // somebody else's
    }
    if (olds.backup !== "" && (await connection.stat(olds.backup))) {
      await connection.rename(olds.backup, olds.path);
    } else {
      await connection.remove(olds.path);
    }
  },
};

async function write(
  inputs: FileInputs,
  backup: string,
  { connection }: Context,
): Promise<FileOutputs> {
  const info = await connection.stat(inputs.path);
  if (info && info.kind !== "file") {
    throw new HostError(notAFile(inputs.path));
  }
  const directory = path.posix.dirname(inputs.path);
  if ((await connection.stat(directory)) === undefined) {
    throw new HostError(
      `${inputs.path}: the directory ${directory} does not exist; make it first (HostDirectory, dependsOn)`,
    );
  }
  const ownership = await fullOwnership(connection, inputs, defaultMode);
  await connection.write(inputs.path, inputs.content, ownership);
  return { path: inputs.path, ...ownership, contentSha256: hash(inputs.content), backup };
}

function backupOf(file: string): string {
  return `${file}.before-mq`;
}

function notAFile(file: string): string {
  return `${file} is there and is not a regular file; move it away, or choose another path`;
}

function hash(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
