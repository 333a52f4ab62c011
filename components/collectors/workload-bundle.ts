import { join } from "node:path";
import { buildSync } from "esbuild";

const project = join(__dirname, "../..");

/** The programs under `workloads/` that are installed where they run. */
export const workloads = ["access", "collector", "sender"] as const;

/** One of {@link workloads}. */
export type Workload = (typeof workloads)[number];

/**
 * A workload as one file of JavaScript for Node.js 18 and newer. The same sources give the same text, wherever they lie.
 */
export function workloadBundle(workload: Workload): string {
  const { outputFiles } = buildSync({
    absWorkingDir: project,
    entryPoints: [`workloads/${workload}/main.ts`],
    bundle: true,
    alias: { debug: "./workloads/shared/no-debug.ts" },
    platform: "node",
    target: "node18",
    format: "cjs",
    write: false,
    legalComments: "none",
    // Comments and names of modules are paths, which would differ where node_modules is a link.
    preserveSymlinks: true,
    minifyWhitespace: true,
    logLevel: "error",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`workloads/${workload}: the bundle is empty`);
  return file.text;
}
