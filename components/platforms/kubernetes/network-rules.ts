import type { types } from "@pulumi/kubernetes";

type Port = types.input.networking.v1.NetworkPolicyPort;

/** A TCP port of a policy. */
export function tcp(port: number): Port {
  return { protocol: "TCP", port };
}

/** Lets a pod look names up. To any address: a name server may run on the node. */
export const toNameServers: types.input.networking.v1.NetworkPolicyEgressRule = {
  ports: [{ protocol: "UDP", port: 53 }, tcp(53)],
};

/** All pods of a namespace. */
export function podsOf(namespace: string): types.input.networking.v1.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
}
