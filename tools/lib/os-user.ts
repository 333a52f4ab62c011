import { execFileSync } from "node:child_process";

/**
 * The numbers of an operating system user, for a process that is to run as that user; none for undefined: as whoever runs
 * this. Supplementary groups are not taken over.
 */
export function osUser(name: string | undefined): { uid?: number; gid?: number } {
  if (name === undefined) return {};
  const id = (which: string): number =>
    Number(execFileSync("id", [which, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
