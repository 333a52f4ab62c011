import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/command";
import { run } from "../lib/process";
import { copyJars } from "./maven";

/** The archive that is made here. */
export const activeMq6 = "apache-activemq-6.1.7-bin.tar.gz";

const top = "apache-activemq-6.1.7";
/** SHA-256 of the lines `<SHA-256>  <name>` of all jars, sorted by name. */
const jarsSum = "cb3bda5749e1c8cdaecb6d69c73f25dba275520a62c24aa7b2bfb84621ea1b94";

/**
 * Makes an archive of ActiveMQ Classic 6, in the layout of the published ones: the Maven repository has its jars, and no
 * archive.
 *
 * @param folder - an empty folder; the archive is put there.
 * @throws {@link UserError} where the jars cannot be had, or are others than those that were tried.
 */
export async function makeActiveMq6(folder: string): Promise<void> {
  const home = join(folder, top);
  const lib = join(home, "lib");
  mkdirSync(join(home, "bin"), { recursive: true });
  await copyJars(join(__dirname, "activemq-6/pom.xml"), "ActiveMQ Classic 6.1.7", lib);
  const sum = sumOfJars(lib);
  if (sum !== jarsSum) {
    throw new UserError(
      `brokers: the jars of ActiveMQ Classic 6.1.7 have the sum ${sum}, not ${jarsSum}; remove them from ~/.m2, and run the same command again`,
    );
  }
  renameSync(join(lib, "activemq-run-6.1.7.jar"), join(home, "bin/activemq.jar"));
  const always = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  const { code, stderr } = await run(
    "tar",
    [...always, "-czf", join(folder, activeMq6), "-C", folder, top],
    { capture: true },
  );
  if (code !== 0) throw new UserError(`brokers: ${activeMq6} could not be made: ${stderr.trim()}`);
}

function sumOfJars(folder: string): string {
  const lines = readdirSync(folder)
    .sort()
    .map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`);
  return sha256(lines.join(""));
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
