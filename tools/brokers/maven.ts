import { UserError } from "../lib/command";
import { run, type Finished } from "../lib/process";
import { isFileError } from "../toolchain/files";

/** Version of the plugin whose goals are used. */
const plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1";
const shownLines = 5;

/** A published file: `groupId:artifactId:version:type:classifier`. */
export interface Artifact {
  readonly coordinates: string;
  /** What a user is told that it is. */
  readonly title: string;
}

/**
 * Gets a file by the user's own Maven, whose settings say from where; checksums have to match.
 *
 * @param folder - where it is put, as `<artifactId>-<version>-<classifier>.<type>`.
 * @throws {@link UserError} where there is no Maven, or with what it said.
 */
export function copyArtifact({ coordinates, title }: Artifact, folder: string): Promise<void> {
  return maven(title, [
    `${plugin}:copy`,
    `-Dartifact=${coordinates}`,
    `-DoutputDirectory=${folder}`,
  ]);
}

/**
 * Gets the jars that a project runs on, those that they need too, as {@link copyArtifact} does.
 *
 * @param pom - path of its `pom.xml`.
 */
export function copyJars(pom: string, title: string, folder: string): Promise<void> {
  const goal = [`${plugin}:copy-dependencies`, "-DincludeScope=runtime"];
  return maven(title, ["--file", pom, ...goal, `-DoutputDirectory=${folder}`]);
}

async function maven(title: string, args: readonly string[]): Promise<void> {
  const words = ["--batch-mode", "--no-transfer-progress", "--strict-checksums", ...args];
  let finished: Finished;
  try {
    finished = await run("mvn", words, { capture: true });
  } catch (error) {
    if (!isFileError(error, "ENOENT")) throw error;
    throw new UserError(
      `brokers: ${title} is got by Maven, and mvn is not on PATH; install it (Debian, Ubuntu: apt-get install maven; ` +
        "Fedora: dnf install maven), or name an archive of your own: mq:broker.archive",
    );
  }
  const { code, stdout, stderr } = finished;
  if (code === 0) return;
  // After the first empty error line come hints for Maven's developers.
  const [said = ""] = `${stdout}${stderr}`.trimEnd().split(/^\[ERROR\]\s*$/m);
  const lines = said.trimEnd().split("\n");
  const errors = lines.filter((line) => line.startsWith("[ERROR]"));
  throw new UserError(
    `brokers: Maven could not get ${title} (code ${String(code)}):\n${(errors.length > 0 ? errors : lines).slice(-shownLines).join("\n")}\n` +
      "Mend that (a proxy or a mirror belongs into ~/.m2/settings.xml) and run the same command again, " +
      "or name an archive of your own: mq:broker.archive",
  );
}
