import type { types } from "@pulumi/kubernetes";
import type { KubernetesBrokerBase } from "../../config/topology";
import { podsOf, tcp, toNameServers } from "../../platforms/kubernetes/network-rules";
import type { Listener } from "./listeners";

type Port = types.input.networking.v1.NetworkPolicyPort;

/** What passes to and from a broker's nodes. */
export interface BrokerTraffic {
  /** Labels that select the nodes. */
  readonly nodes: Readonly<Record<string, string>>;
  /** What clients reach. */
  readonly clients: readonly Listener[];
  /** What nodes reach of each other; none where a node is alone. */
  readonly peers: Port[];
  /** What Prometheus reaches. */
  readonly metrics: readonly Listener[];
  /** What else nodes reach. */
  readonly egress?: types.input.networking.v1.NetworkPolicyEgressRule[];
}

/**
 * Who may reach a broker's nodes, and whom they may reach: clients of the stack's namespace and of those that the plan
 * names, Prometheus from its own, and for what nodes say to each other only nodes.
 */
export function brokerNetworkPolicy(
  { clientNamespaces, monitoring }: Pick<KubernetesBrokerBase, "clientNamespaces" | "monitoring">,
  { nodes, clients, peers: ports, metrics, egress = [] }: BrokerTraffic,
): types.input.networking.v1.NetworkPolicySpec {
  const peers = [{ podSelector: { matchLabels: nodes } }];
  const among = ports.length > 0;
  return {
    podSelector: { matchLabels: nodes },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      { from: [{ podSelector: {} }, ...clientNamespaces.map(podsOf)], ports: rules(clients) },
      ...(among ? [{ from: peers, ports }] : []),
      ...(monitoring ? [{ from: [podsOf(monitoring.namespace)], ports: rules(metrics) }] : []),
    ],
    egress: [toNameServers, ...(among ? [{ to: peers, ports }] : []), ...egress],
  };
}

function rules(listeners: readonly Listener[]): Port[] {
  return listeners.map(({ port }) => tcp(port));
}
