import type { KubernetesBrokerPlan } from "../../../config/topology";

type Version = KubernetesBrokerPlan["version"];

/** Whether one version is older than another. */
export function isBefore([major, minor]: Version, [otherMajor, otherMinor]: Version): boolean {
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/**
 * Whether nodes of that version ask Kubernetes for their peers. From 4.1 on they know them by their own name.
 *
 * @see https://www.rabbitmq.com/blog/2025/04/04/new-k8s-peer-discovery
 */
export function findsPeersByApi({ version }: { readonly version: Version }): boolean {
  return isBefore(version, [4, 1]);
}
