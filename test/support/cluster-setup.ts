import type { TestProject } from "vitest/node";
import { clusterDown, clusterUp, currentCluster } from "../../tools/cluster/cluster";

declare module "vitest" {
  export interface ProvidedContext {
    /** Whether pods only pretend to run. */
    pretending: boolean;
  }
}

const say = (line: string): void => {
  console.error(`cluster tests: ${line}`);
};

/**
 * Has the test cluster before the first test needs it: one that is given, or that is up, with the images of now; else one
 * is brought up, and down again at the end. Where this machine cannot run containers, it says why, and the tests are
 * skipped.
 */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  const before = currentCluster();
  const { mode } =
    before?.mode === "given"
      ? before
      : await clusterUp({ ...(before && { mode: before.mode }), say });
  project.provide("pretending", mode === "fake" || mode === "control");
  if (before !== undefined) return undefined;
  return async () => {
    await clusterDown();
  };
}
