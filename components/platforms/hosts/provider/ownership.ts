import * as path from "node:path";

import type { CheckFailure } from "@pulumi/pulumi/provider";

import type { Connection, Ownership, PathInfo } from "./connection";

/** Who owns a path, as far as the inputs say. */
export interface OwnershipInputs {
  owner?: string | undefined;
  group?: string | undefined;
  mode?: string | undefined;
}

/**
 * The full ownership of something that is to be made: the effective user, the owner's primary group and the
 * default mode where the inputs say nothing.
 *
 * @param connection The host.
 * @param inputs What the inputs say.
 * @param defaultMode Permission bits, octal.
 */
export async function fullOwnership(
  connection: Connection,
  inputs: OwnershipInputs,
  defaultMode: string,
): Promise<Ownership> {
  const account =
    inputs.owner === undefined
      ? await connection.effectiveUser()
      : await connection.account(inputs.owner);
  return {
    owner: account?.name ?? inputs.owner ?? "",
    // A user that is still to be made gets a group of its own name.
    group: await connection.groupName(
      inputs.group ?? (account ? String(account.gid) : (inputs.owner ?? "")),
    ),
    mode: inputs.mode ?? defaultMode,
  };
}

/**
 * What is asked of something that stays otherwise as it is.
 *
 * @param connection The host.
 * @param inputs What the inputs say; the rest is left alone.
 * @param found What is there.
 */
export async function givenOwnership(
  connection: Connection,
  inputs: OwnershipInputs,
  found: Ownership,
): Promise<Ownership> {
  const owner = inputs.owner ?? found.owner;
  return {
    owner: (await connection.account(owner))?.name ?? owner,
    group: inputs.group === undefined ? found.group : await connection.groupName(inputs.group),
    mode: inputs.mode ?? found.mode,
  };
}

/** The names of what differs. */
export function ownershipChanges(wanted: Ownership, found: Ownership): string[] {
  return (["owner", "group", "mode"] as const).filter((key) => wanted[key] !== found[key]);
}

/** The part of what is known about a path that says who owns it. */
export function ownershipOf(info: PathInfo): Ownership {
  return { owner: info.owner, group: info.group, mode: info.mode };
}

/**
 * That the effective user may give things to the owner.
 *
 * @param connection The host.
 * @param inputs What the inputs say.
 */
export async function checkOwner(
  connection: Connection,
  inputs: OwnershipInputs,
): Promise<CheckFailure[]> {
  const user = await connection.effectiveUser();
  if (inputs.owner === undefined || user.uid === 0) {
    return [];
  }
  const owner = await connection.account(inputs.owner);
  return owner?.uid === user.uid
    ? []
    : [
        {
          property: "owner",
          reason: `only root can give something to "${inputs.owner}"; run as root, or leave out owner`,
        },
      ];
}

/**
 * That the effective user may create the path: the nearest directory above it that exists can be written.
 *
 * @param connection The host.
 * @param property The property that holds the path.
 * @param target The path.
 */
export async function checkCreatable(
  connection: Connection,
  property: string,
  target: string,
): Promise<CheckFailure[]> {
  let ancestor = path.posix.dirname(target);
  let info = await connection.stat(ancestor);
  while (info === undefined && ancestor !== "/") {
    ancestor = path.posix.dirname(ancestor);
    info = await connection.stat(ancestor);
  }
  const user = (await connection.effectiveUser()).name;
  if (info?.kind === "file" || info?.kind === "other") {
    return [
      {
        property,
        reason: `${target} cannot be made because ${ancestor} is not a directory; choose another path, or move ${ancestor} away`,
      },
    ];
  }
  if (await connection.writable(ancestor)) {
    return [];
  }
  return [
    {
      property,
      reason: `${target} cannot be made because ${ancestor} cannot be written by user "${user}"; choose a path that ${user} can write, or run as root`,
    },
  ];
}

/**
 * Makes a directory and the missing ones above it.
 *
 * @param connection The host.
 * @param directory Absolute path.
 * @returns The directories made, the outermost first.
 */
export async function makeDirectories(
  connection: Connection,
  directory: string,
): Promise<string[]> {
  const missing: string[] = [];
  for (let at = directory; at !== "/"; at = path.posix.dirname(at)) {
    if ((await connection.stat(at)) !== undefined) {
      break;
    }
    missing.unshift(at);
  }
  const made: string[] = [];
  for (const each of missing) {
    // Another resource may make the same parent at the same time: it is that one's then.
    if (await connection.makeDirectory(each, "0755")) {
      made.push(each);
    }
  }
  return made;
}

/**
 * Directories of a host that were to be removed and were not empty: resources share parents, and whoever goes
 * last takes them along.
 */
const shared = new WeakMap<Connection, Set<string>>();

/**
 * Removes directories that are empty, or become so while this provider runs.
 *
 * @param connection The host.
 * @param directories The directories.
 */
export async function removeEmptyDirectories(
  connection: Connection,
  directories: readonly string[],
): Promise<void> {
  const waiting = shared.get(connection) ?? new Set();
  shared.set(connection, waiting);
  for (const directory of directories) {
    waiting.add(directory);
  }
  // What is deeper sorts later.
  for (const directory of [...waiting].sort().reverse()) {
    const info = await connection.stat(directory);
    if (info?.kind !== "directory" || (await connection.remove(directory))) {
      waiting.delete(directory);
    }
  }
}

/**
 * Takes a directory out of those that are removed when they become empty: it is wanted again.
 *
 * @param connection The host.
 * @param directory Absolute path.
 */
export function keepDirectory(connection: Connection, directory: string): void {
  shared.get(connection)?.delete(directory);
}
