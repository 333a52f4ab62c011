import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { workloadBundle, workloads } from "../../components/collectors/workload-bundle";
import { projectDir } from "../lib/workspace";

/** Name of the file that says how the image is built, in the context. */
export const containerfile = "Containerfile";

const sendCommand = '#!/bin/sh\nexec node /usr/local/lib/mq/sender.js "$@"\n';

/** A file of a build context. */
export interface ContextFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** The build context of the image of the workloads: all that goes into it. */
export function workloadsContext(): ContextFile[] {
  const bundles = workloads.map((name) => ({
    path: `lib/${name}.js`,
    text: workloadBundle(name),
    mode: 0o644,
  }));
  return [
    {
      path: containerfile,
      text: readFileSync(join(projectDir, "workloads", containerfile), "utf8"),
      mode: 0o644,
    },
    ...bundles,
    { path: "bin/mq-send", text: sendCommand, mode: 0o755 },
  ];
}

/** Writes a context into a folder. */
export function writeContext(folder: string, files: readonly ContextFile[]): void {
  for (const { path, text, mode } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    chmodSync(dirname(file), 0o755);
    writeFileSync(file, text);
    // The image gets the mode as it is here, which must not depend on the umask.
    chmodSync(file, mode);
  }
}
