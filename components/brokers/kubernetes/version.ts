import type { KubernetesBrokerBase } from "../../config/topology";

type Version = KubernetesBrokerBase["version"];

/** Whether one version is older than another. */
export function isBefore([major, minor]: Version, [otherMajor, otherMinor]: Version): boolean {
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
