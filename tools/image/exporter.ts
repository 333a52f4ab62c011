import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { archiveFolder } from "../brokers/archives";
import { copyArtifact } from "../brokers/maven";
import { makeScratch } from "../cluster/scratch";
import { UserError } from "../lib/command";

/** SHA-256 of the Java agent that exports metrics: of this release. */
export const exporterSum = "7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1";

const version = "1.0.1";
const fileName = `jmx_prometheus_javaagent-${version}.jar`;

/** Where the agent is kept; one that is put there by hand is as good. */
export function exporterPath(): string {
  return join(archiveFolder(), fileName);
}

/**
 * Makes sure of the Java agent that exports metrics of ActiveMQ Classic and Artemis; it is got by Maven, once.
 *
 * @returns its path.
 * @throws {@link UserError} where it is not to be had, or is not the one that was published.
 * @see https://prometheus.github.io/jmx_exporter/1.0.1/
 */
export async function ensureExporter(): Promise<string> {
  const jar = exporterPath();
  if (!existsSync(jar)) await getExporter(jar);
  const found = createHash("sha256").update(readFileSync(jar)).digest("hex");
  if (found === exporterSum) return jar;
  throw new UserError(
    `image: ${jar} has the SHA-256 ${found}, not ${exporterSum}; remove it, there and from ~/.m2, and run the same command again`,
  );
}

async function getExporter(jar: string): Promise<void> {
  const scratch = makeScratch(archiveFolder());
  try {
    const coordinates = `io.prometheus.jmx:jmx_prometheus_javaagent:${version}:jar`;
    await copyArtifact({ coordinates, title: fileName }, scratch);
    renameSync(join(scratch, fileName), jar);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
