import type { types } from "@pulumi/kubernetes";
import type { KubernetesBrokerPlan } from "../../../config/topology";
import { podsOf, tcp, toNameServers } from "../../../platforms/kubernetes/network-rules";
import { internalPorts, listenersOf, type Listening, type Protocol } from "./listeners";
import { findsPeersByApi } from "./version";

type Port = types.input.networking.v1.NetworkPolicyPort;
type Labels = Readonly<Record<string, string>>;

/**
 * Who may reach a broker's nodes, and whom they may reach: clients of the stack's namespace and of those that the plan
 * names, Prometheus from its own, and for what nodes say to each other only nodes.
 *
 * @param nodes - labels that select the nodes.
 */
export function brokerNetworkPolicy(
  plan: KubernetesBrokerPlan,
  nodes: Labels,
): types.input.networking.v1.NetworkPolicySpec {
  const peers = [{ podSelector: { matchLabels: nodes } }];
  const internal = internalPortRules();
  const { monitoring } = plan;
  return {
    podSelector: { matchLabels: nodes },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [{ podSelector: {} }, ...plan.clientNamespaces.map(podsOf)],
        ports: ["amqp", "stomp", "management"].flatMap((protocol) =>
          portRules(plan, protocol as Protocol),
        ),
      },
      { from: peers, ports: internal },
      ...(monitoring
        ? [{ from: [podsOf(monitoring.namespace)], ports: portRules(plan, "prometheus") }]
        : []),
    ],
    egress: [
      toNameServers,
      { to: peers, ports: internal },
      // The API server has no labels; its port is the Service's before translation, and its own after.
      ...(findsPeersByApi(plan) ? [{ ports: [tcp(443), tcp(6443)] }] : []),
    ],
  };
}

function portRules(plan: Listening, protocol: Protocol): Port[] {
  return listenersOf(plan, protocol).map(({ port }) => tcp(port));
}

function internalPortRules(): Port[] {
  const { epmd, distribution, tools } = internalPorts;
  return [tcp(epmd.port), tcp(distribution.port), { ...tcp(tools.port), endPort: tools.endPort }];
}
