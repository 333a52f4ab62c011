import { brokerHost } from "../../../config/topology";

/** Names of a broker's objects; there is one broker in a namespace. */
export const name = {
  /** StatefulSet, client Service, ServiceAccount, NetworkPolicy, budget and ServiceMonitor. */
  broker: "rabbitmq",
  /** The Service that gives each node a DNS name. */
  nodes: "rabbitmq-nodes",
  config: "rabbitmq-config",
  cookie: "rabbitmq-erlang-cookie",
  adminDefinitions: "rabbitmq-admin-definitions",
  /** The administrator's login, for what sets the broker up. */
  admin: "rabbitmq-admin",
  peerDiscovery: "rabbitmq-peer-discovery",
} as const;

/** Key of the administrator's definitions in their Secret, and their file's name. */
export const adminDefinitionsKey = "10-admin.json";

/** Key of the definitions in the Secret of that number, from 0, and their file's name. They are loaded by order of name. */
export function accessDefinitionsKey(shard: number): string {
  return `20-access-${String(shard).padStart(3, "0")}.json`;
}

/** Every DNS name of the broker's Services, for its certificate. */
export function serviceNames(namespace: string): string[] {
  const nodes = `*.${name.nodes}.${namespace}.svc`;
  const host = brokerHost(namespace);
  return [
    name.broker,
    `${name.broker}.${namespace}`,
    host,
    `${host}.cluster.local`,
    nodes,
    `${nodes}.cluster.local`,
  ];
}
