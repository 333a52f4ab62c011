import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { exporterJar } from "../../components/brokers/java/jmx-exporter";
import { workloadBundle, workloads } from "../../components/collectors/workload-bundle";
import { projectDir } from "../lib/workspace";

/** Name of the file that says how the image is built, in the context. */
export const containerfile = "Containerfile";

const sendCommand = '#!/bin/sh\nexec node /usr/local/lib/mq/sender.js "$@"\n';

/** A file of a build context. */
export interface ContextFile {
  readonly path: string;
  readonly content: string | Buffer;
  readonly mode: number;
}

/**
 * The build context of the image of the workloads: all that goes into it.
 *
 * @param exporter - path of the Java agent that exports metrics; undefined: the image is without it.
 */
export function workloadsContext(exporter?: string): ContextFile[] {
  const bundles = workloads.map((name) => ({
    path: `lib/${name}.js`,
    content: workloadBundle(name),
    mode: 0o644,
  }));
  return [
    {
      path: containerfile,
      content: readFileSync(join(projectDir, "workloads", containerfile), "utf8"),
      mode: 0o644,
    },
    ...bundles,
    ...(exporter === undefined
      ? []
      : [
          {
            path: `lib/${basename(exporterJar)}`,
            content: readFileSync(exporter),
            mode: 0o644,
          },
        ]),
    { path: "bin/mq-send", content: sendCommand, mode: 0o755 },
  ];
}

/** Writes a context into a folder. */
export function writeContext(folder: string, files: readonly ContextFile[]): void {
  for (const { path, content, mode } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    chmodSync(dirname(file), 0o755);
    writeFileSync(file, content);
    // The image gets the mode as it is here, which must not depend on the umask.
    chmodSync(file, mode);
  }
}
