import type { types } from "@pulumi/kubernetes";
import type { Endpoint } from "../../brokers/broker";
import { selectorOf, type Part } from "./labels";
import { podsOf, tcp, toNameServers } from "./network-rules";

/**
 * What a pod that talks to the broker needs of the network: names, the broker's endpoint, and where it has metrics, whoever
 * scrapes them.
 */
export function clientNetwork(
  part: Part,
  { port }: Endpoint,
  scraped?: { readonly port: number; readonly namespace: string },
): types.input.networking.v1.NetworkPolicySpec {
  // Of any software: the stack has one broker.
  const broker = {
    "app.kubernetes.io/instance": part.stack,
    "app.kubernetes.io/component": "broker",
  };
  return {
    podSelector: { matchLabels: selectorOf(part) },
    policyTypes: ["Ingress", "Egress"],
    ingress: scraped ? [{ from: [podsOf(scraped.namespace)], ports: [tcp(scraped.port)] }] : [],
    egress: [toNameServers, { to: [{ podSelector: { matchLabels: broker } }], ports: [tcp(port)] }],
  };
}
