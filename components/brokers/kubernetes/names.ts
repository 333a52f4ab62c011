import { brokerHost, type BrokerKind } from "../../config/topology";
import type { Part } from "../../platforms/kubernetes/labels";

/** Names of the objects that every broker has; there is one broker in a namespace. */
export interface BrokerNames {
  /** StatefulSet, client Service, ServiceAccount, NetworkPolicy, budget and ServiceMonitor. */
  readonly broker: string;
  /** The Service that gives each node a DNS name. */
  readonly nodes: string;
  readonly config: string;
  /** The administrator's login, for what sets the broker up. */
  readonly admin: string;
}

/** The names of a broker's objects: its kind's, and what begins with it. */
export function brokerNames(kind: BrokerKind): BrokerNames {
  return {
    broker: kind,
    nodes: `${kind}-nodes`,
    config: `${kind}-config`,
    admin: `${kind}-admin`,
  };
}

/** The part of a stack that its broker is. */
export function brokerPart(kind: BrokerKind, stack: string): Part {
  return { name: kind, component: "broker", stack };
}

/** Every DNS name of the broker's Services, for its certificate. */
export function serviceNames(kind: BrokerKind, namespace: string): string[] {
  const name = brokerNames(kind);
  const nodes = `*.${name.nodes}.${namespace}.svc`;
  const host = brokerHost(kind, namespace);
  return [
    name.broker,
    `${name.broker}.${namespace}`,
    host,
    `${host}.cluster.local`,
    nodes,
    `${nodes}.cluster.local`,
  ];
}
