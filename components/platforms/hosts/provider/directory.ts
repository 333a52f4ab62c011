import { z } from "zod";

import type { Ownership } from "./connection";
import { absolutePath, accountName, connectionSchema, mode } from "./inputs";
import { type Context, HostError, type Kind } from "./kind";
import {
  checkCreatable,
  checkOwner,
  fullOwnership,
  givenOwnership,
  keepDirectory,
  makeDirectories,
  ownershipChanges,
  ownershipOf,
  removeEmptyDirectories,
} from "./ownership";

const schema = z.strictObject({
  connection: connectionSchema,
  path: absolutePath,
  owner: accountName.optional(),
  group: accountName.optional(),
  mode: mode.optional(),
  keep: z.boolean().default(false),
});

type DirectoryInputs = z.infer<typeof schema>;

interface DirectoryOutputs extends Ownership {
  path: string;
  keep: boolean;
  created: string[];
}

const defaultMode = "0755";

/** Mode of one that is gone: it stays in the state, which knows what parents were made for it. */
const missing = "";

/** A directory. What was there before is never removed, and keeps owner and mode unless they are given. */
export const directoryKind: Kind<DirectoryInputs, DirectoryOutputs> = {
  schema,
  replaceOn: ["connection", "path"],
  secrets: {},
  id: (inputs) => inputs.path,

  async check(inputs, _olds, { connection }) {
    if (inputs.path === undefined) {
      return [];
    }
    const failures = await checkOwner(connection, inputs);
    if (isSystemPath(inputs.path) && inputs.keep === false) {
      failures.push({
        property: "path",
        reason: `${inputs.path} is a system directory, which is never removed; choose a path below it, or set keep: true`,
      });
    }
    const info = await connection.stat(inputs.path);
    if (info === undefined) {
      return [...failures, ...(await checkCreatable(connection, "path", inputs.path))];
    }
    if (info.kind !== "directory") {
      failures.push({ property: "path", reason: notADirectory(inputs.path) });
      return failures;
    }
    const user = await connection.effectiveUser();
    const wanted = await givenOwnership(connection, inputs, info);
    if (user.uid !== 0 && info.owner !== user.name && ownershipChanges(wanted, info).length > 0) {
      failures.push({
        property: "path",
        reason: `${inputs.path} belongs to "${info.owner}", so user "${user.name}" cannot change its owner or mode; run as root, or choose another path`,
      });
    }
    return failures;
  },

  async changes(inputs, olds, { connection }) {
    if (olds.mode === missing) {
      return ["path"];
    }
    const wanted = olds.created.includes(olds.path)
      ? await fullOwnership(connection, inputs, defaultMode)
      : await givenOwnership(connection, inputs, olds);
    const changed = ownershipChanges(wanted, olds);
    return inputs.keep !== undefined && inputs.keep !== olds.keep ? ["keep", ...changed] : changed;
  },

  create: (inputs, context) => ensure(inputs, [], context),

  async read(id, olds, { connection }) {
    const info = await connection.stat(id);
    if (info?.kind !== "directory") {
      const gone = { owner: "", group: "", mode: missing };
      return olds && { outputs: { ...olds, ...gone }, inputs: {} };
    }
    const keep = olds?.keep ?? true;
    return {
      outputs: { path: id, ...ownershipOf(info), keep, created: olds?.created ?? [] },
      inputs: { path: id, ...ownershipOf(info), keep },
    };
  },

  update: (inputs, olds, context) => ensure(inputs, olds.created, context),

  async delete(olds, { connection }) {
    if (olds.keep || !olds.created.includes(olds.path)) {
      return;
    }
    const info = await connection.stat(olds.path);
    if (isSystemPath(olds.path) || (info && info.kind !== "directory")) {
      throw new HostError(
        `${olds.path} is ${info?.kind === "directory" ? "a system directory" : "no longer a directory"} and is not removed; look at it, then remove it by hand`,
      );
    }
    await connection.removeTree(olds.path);
    await removeEmptyDirectories(
      connection,
      olds.created.filter((each) => each !== olds.path),
    );
  },
};

async function ensure(
  inputs: DirectoryInputs,
  createdBefore: string[],
  { connection }: Context,
): Promise<DirectoryOutputs> {
  keepDirectory(connection, inputs.path);
  const made = await makeDirectories(connection, inputs.path);
  try {
    const info = await connection.stat(inputs.path);
    if (info?.kind !== "directory") {
      throw new HostError(notADirectory(inputs.path));
    }
    const created = [...createdBefore, ...made.filter((each) => !createdBefore.includes(each))];
    const ownership = created.includes(inputs.path)
      ? await fullOwnership(connection, inputs, defaultMode)
      : await givenOwnership(connection, inputs, info);
    if (ownershipChanges(ownership, info).length > 0) {
      await connection.own(inputs.path, ownership);
    }
    return { path: inputs.path, ...ownership, keep: inputs.keep, created };
  } catch (error) {
    await removeEmptyDirectories(connection, made);
    throw error;
  }
}

/** The root, what is directly under it, and the second level of /usr and /var. */
function isSystemPath(directory: string): boolean {
  return /^\/([^/]*|(usr|var)\/[^/]+)$/.test(directory);
}

function notADirectory(directory: string): string {
  return `${directory} is there and is not a directory; move it away, or choose another path`;
}
