import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

/** What a process needs to run as a user. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/**
 * An account of this machine.
 *
 * @param user Its name or number.
 * @throws When there is none.
 */
export function findAccount(user: string): Account {
  const lines = fs.readFileSync("/etc/passwd", "utf8").split("\n");
  const index = /^\d+$/.test(user) ? 2 : 0;
  const line =
    lines.find((each) => each.split(":")[index] === user) ??
    // Accounts of a directory service are not in the file.
    execFileSync("getent", ["passwd", user], { encoding: "utf8", stdio: "pipe" }).trim();
  const [name = user, , uid, gid, , home = "/"] = line.split(":");
  return { name, uid: Number(uid), gid: Number(gid), home };
}
