import type { ArtemisPlan } from "../../../config/topology";
import { brokerNames } from "../../kubernetes/names";
import type { ArtemisCluster } from "../config";

const name = brokerNames("artemis");

/** What nodes say to each other; nobody else's to reach. */
export const clusterListener = { name: "cluster", port: 61618 } as const;

/** What the others call a node. */
export function nodeHost(pod: string, namespace: string): string {
  return `${pod}.${name.nodes}.${namespace}.svc`;
}

/**
 * The nodes of a cluster; undefined where there is one.
 *
 * They speak TLS where the certificate is one that we ask for, as only that has their names for sure.
 */
export function artemisCluster(
  { replicas, tls }: Pick<ArtemisPlan, "replicas" | "tls">,
  namespace: string,
): ArtemisCluster | undefined {
  if (replicas === 1) return undefined;
  const pods = Array.from(
    { length: replicas },
    (_, ordinal) => `${name.broker}-${String(ordinal)}`,
  );
  return {
    nodes: pods.map((pod) => ({ name: pod, host: nodeHost(pod, namespace) })),
    port: clusterListener.port,
    bind: "0.0.0.0",
    tls: tls !== undefined && ["ca", "issuer"].includes(tls.source.kind),
  };
}
