import { clusterDown, clusterUp, currentCluster } from "../../tools/cluster/cluster";

const say = (line: string): void => {
  console.error(`cluster tests: ${line}`);
};

/**
 * Has the test cluster before the first test needs it: one that is given, or that is up, with the images of now; else one
 * is brought up, and down again at the end.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const before = currentCluster();
  if (before?.mode === "given") return undefined;
  await clusterUp({ mode: before?.mode ?? "node", say });
  if (before !== undefined) return undefined;
  return async () => {
    await clusterDown();
  };
}
