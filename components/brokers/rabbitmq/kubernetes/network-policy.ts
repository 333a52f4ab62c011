import type { types } from "@pulumi/kubernetes";
import type { RabbitMqPlan } from "../../../config/topology";
import { tcp } from "../../../platforms/kubernetes/network-rules";
import { brokerNetworkPolicy } from "../../kubernetes/network-policy";
import { internalPorts, listenersOf } from "./listeners";
import { findsPeersByApi } from "./version";

type Port = types.input.networking.v1.NetworkPolicyPort;

/**
 * Who may reach a RabbitMQ's nodes, and whom they may reach, see {@link brokerNetworkPolicy}.
 *
 * @param nodes - labels that select the nodes.
 */
export function rabbitMqNetworkPolicy(
  plan: RabbitMqPlan,
  nodes: Readonly<Record<string, string>>,
): types.input.networking.v1.NetworkPolicySpec {
  return brokerNetworkPolicy(plan, {
    nodes,
    clients: listenersOf(plan, "amqp", "stomp", "management"),
    peers: internalPortRules(),
    metrics: listenersOf(plan, "prometheus"),
    // The API server has no labels; its port is the Service's before translation, and its own after.
    ...(findsPeersByApi(plan) && { egress: [{ ports: [tcp(443), tcp(6443)] }] }),
  });
}

function internalPortRules(): Port[] {
  const { epmd, distribution, tools } = internalPorts;
  return [tcp(epmd.port), tcp(distribution.port), { ...tcp(tools.port), endPort: tools.endPort }];
}
