import { createHash } from "node:crypto";
import { createReadStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { archiveSums } from "../../components/brokers/java/archive-sums";
import { makeScratch } from "../cluster/scratch";
import { UserError } from "../lib/command";
import type { Environment } from "../toolchain/environment";
import { activeMq6, makeActiveMq6 } from "./activemq-6";
import { copyArtifact } from "./maven";

/** How {@link ensureArchive} works. */
export interface ArchiveOptions {
  /** Default: the variables of this process. */
  readonly env?: Environment;
  /** Is given each line of progress; default: standard error. */
  readonly say?: (line: string) => void;
}

/** Where archives of brokers are kept: `$XDG_CACHE_HOME/mq/brokers`, default `~/.cache`. */
export function archiveFolder(env: Environment = process.env): string {
  return resolve(env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), ".cache"), "mq/brokers");
}

/**
 * Makes sure that the archive of a broker is in the cache; what is not there is got by Maven, once.
 *
 * @param fileName - as its project publishes it: `apache-artemis-2.44.0-bin.tar.gz`.
 * @returns its path.
 * @throws {@link UserError} where it cannot be had, or is not the one that was published.
 */
export async function ensureArchive(
  fileName: string,
  {
    env = process.env,
    say = (line) => {
      console.error(`mq: ${line}`);
    },
  }: ArchiveOptions = {},
): Promise<string> {
  const folder = archiveFolder(env);
  const archive = join(folder, fileName);
  if (existsSync(archive)) return archive;
  const get = getterOf(fileName);
  const scratch = makeScratch(folder);
  const start = performance.now();
  say(`brokers: gets ${fileName} by Maven, once: up to 50 MB …`);
  try {
    await get(scratch);
    const got = join(scratch, fileName);
    await checkSum(got, fileName);
    const megabytes = Math.round(statSync(got).size / 1e6);
    renameSync(got, archive);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    say(`brokers: got ${String(megabytes)} MB in ${seconds} s: ${archive}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return archive;
}

/** What puts an archive into a folder. */
function getterOf(fileName: string): (folder: string) => Promise<void> {
  if (fileName === activeMq6) return makeActiveMq6;
  const [, name, version] =
    /^(apache-(?:activemq|artemis))-(\d[\w.-]*)-bin\.tar\.gz$/.exec(fileName) ?? [];
  if (name === undefined || version === undefined) {
    throw new UserError(
      `brokers: ${fileName} is no archive of ActiveMQ Classic or Artemis, such as apache-artemis-2.44.0-bin.tar.gz; name one of those`,
    );
  }
  const coordinates = `org.apache.activemq:${name}:${version}:tar.gz:bin`;
  return (folder) => copyArtifact({ coordinates, title: fileName }, folder);
}

/** What is not in the table is of a version that was not tried here; Maven has compared the repository's own sum. */
async function checkSum(file: string, fileName: string): Promise<void> {
  const wanted = Object.hasOwn(archiveSums, fileName) ? archiveSums[fileName] : undefined;
  if (wanted === undefined) return;
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (found !== wanted) {
    throw new UserError(
      `brokers: what Maven got for ${fileName} has the SHA-512 ${found}, not ${wanted}; it is not kept. ` +
        "Remove it from ~/.m2, see where ~/.m2/settings.xml says that Maven gets it from, and run the same command again",
    );
  }
}
