import { describe, expect, test } from "vitest";
import { rabbitMqNetworkPolicy } from "../../../../components/brokers/rabbitmq/kubernetes/network-policy";
import {
  rabbitMqService,
  rabbitMqNodesService,
} from "../../../../components/brokers/rabbitmq/kubernetes/services";
import { brokerPlan, nodes, tlsPlan } from "./plans";

const tcp = (port: number) => ({ protocol: "TCP", port });
const internal = [tcp(4369), tcp(25672), { ...tcp(35672), endPort: 35682 }];
const dns = { ports: [{ protocol: "UDP", port: 53 }, tcp(53)] };
const peers = [{ podSelector: { matchLabels: nodes } }];
const namespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

describe("the network policy", () => {
  test("O8: epmd, distribution and tools between nodes only; clients of the namespace", () => {
    expect(rabbitMqNetworkPolicy(brokerPlan({ replicas: 3 }), nodes)).toStrictEqual({
      podSelector: { matchLabels: nodes },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { from: [{ podSelector: {} }], ports: [tcp(5672), tcp(61613), tcp(15672)] },
        { from: peers, ports: internal },
      ],
      egress: [dns, { to: peers, ports: internal }],
    });
  });

  test("clients of other namespaces, and Prometheus from its own", () => {
    const plan = brokerPlan({
      clientNamespaces: ["a", "b"],
      monitoring: { namespace: "monitoring", serviceMonitor: false },
    });
    expect(rabbitMqNetworkPolicy(plan, nodes).ingress).toStrictEqual([
      {
        from: [{ podSelector: {} }, namespace("a"), namespace("b")],
        ports: [tcp(5672), tcp(61613), tcp(15672)],
      },
      { from: peers, ports: internal },
      { from: [namespace("monitoring")], ports: [tcp(15692)] },
    ]);
  });

  test("with TLS the plain ports are shut", () => {
    const monitoring = { namespace: "monitoring", serviceMonitor: true };
    const { ingress } = rabbitMqNetworkPolicy(brokerPlan({ tls: tlsPlan(), monitoring }), nodes);
    expect(ingress).toStrictEqual([
      { from: [{ podSelector: {} }], ports: [tcp(5671), tcp(61614), tcp(15671)] },
      { from: peers, ports: internal },
      { from: [namespace("monitoring")], ports: [tcp(15691)] },
    ]);
  });

  test("nodes before 4.1 may ask the API server", () => {
    const { egress } = rabbitMqNetworkPolicy(brokerPlan({ version: [4, 0] }), nodes);
    expect(egress).toStrictEqual([
      dns,
      { to: peers, ports: internal },
      { ports: [tcp(443), tcp(6443)] },
    ]);
  });
});

describe("the Services", () => {
  const port = (name: string, number: number, appProtocol: string) => ({
    name,
    port: number,
    targetPort: name,
    appProtocol,
  });
  const plain = [
    port("amqp", 5672, "amqp"),
    port("stomp", 61613, "stomp.github.io/stomp"),
    port("management", 15672, "http"),
    port("prometheus", 15692, "http"),
  ];
  const tls = [
    port("amqps", 5671, "amqps"),
    port("stomps", 61614, "stomp.github.io/stomp-tls"),
    port("management-tls", 15671, "https"),
    port("prometheus-tls", 15691, "https"),
  ];

  test("O8: clients' has no port that nodes use among themselves", () => {
    expect(rabbitMqService(brokerPlan(), nodes)).toStrictEqual({
      type: "ClusterIP",
      selector: nodes,
      ports: plain,
    });
  });

  test("K13: STOMP is on 61613, and with TLS on 61614 alone", () => {
    expect(rabbitMqService(brokerPlan({ tls: tlsPlan() }), nodes).ports).toStrictEqual(tls);
  });

  test("TLS beside plain listeners: both", () => {
    const { ports } = rabbitMqService(
      brokerPlan({ tls: tlsPlan({ plainListeners: true }) }),
      nodes,
    );
    expect(ports).toStrictEqual(tls.flatMap((listener, index) => [listener, plain[index]]));
  });

  test("the nodes' names nodes that are not ready", () => {
    const of = (name: string, number: number) => ({ name, port: number, targetPort: name });
    expect(rabbitMqNodesService(brokerPlan({ tls: tlsPlan() }), nodes)).toStrictEqual({
      type: "ClusterIP",
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: nodes,
      ports: [of("epmd", 4369), of("distribution", 25672), of("amqps", 5671)],
    });
  });
});
