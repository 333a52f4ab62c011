import * as pulumi from "@pulumi/pulumi";
import { addressesV2 } from "../../components/brokers/rabbitmq/addresses";
import { KermitFleet } from "../../components/collectors/kermit-fleet";
import { KubernetesWorkloads } from "../../components/collectors/kubernetes/kubernetes-workloads";
import type {
  KubernetesCollectorPlan,
  KubernetesSenderPlan,
  KubernetesTopology,
  TlsPlan,
} from "../../components/config/topology";
import { BrokerCertificates } from "../../components/keys/broker-certificates";
import type { Scope } from "../../components/platforms/kubernetes/scope";
import { record } from "./mocks";

export const senderPassword = "Sender-Password-1";
export const receiverPassword = "Receiver-Password-1";

const collector = (name: string): KubernetesCollectorPlan => ({
  name,
  queue: `kermit.${name}`,
  user: "kermit-receiver",
  protocol: "stomp",
  dedup: "perSender",
  maxBytes: 1024,
  port: 9464,
  storage: { size: "1Gi" },
  resources: {
    requests: { cpu: "50m", memory: "128Mi" },
    limits: { cpu: "1", memory: "512Mi" },
  },
});

export const daemonSet: KubernetesSenderPlan = {
  name: "kermit",
  user: "kermit-sender",
  protocol: "stomp",
  inventoryQueue: "kermit.inventory",
  logQueue: "kermit.log",
  as: "daemonset",
  nodeSelector: { site: "west" },
};

export const tls: TlsPlan = {
  clientCertificates: true,
  plainListeners: false,
  names: [],
  lifetimeDays: 90,
  renewBeforeDays: 30,
  caLifetimeDays: 3650,
  caRenewBeforeDays: 365,
  source: { kind: "issuer", name: "site", issuerKind: "ClusterIssuer" },
};

export const topology: KubernetesTopology = {
  platform: "kubernetes",
  stack: "dev",
  vhosts: ["/"],
  queues: [
    { name: "kermit.inventory", vhost: "/", type: "classic" },
    { name: "kermit.log", vhost: "/", type: "classic" },
  ],
  users: [],
  acl: "least-privilege",
  signing: { name: "q", bits: 2048 },
  cluster: {
    context: "kind-mq",
    namespace: "mq-dev",
    createNamespace: true,
    protect: false,
    allow: [],
  },
  broker: {
    kind: "rabbitmq",
    image: "rabbitmq:4.0.5-management",
    pullPolicy: "IfNotPresent",
    pullSecrets: [],
    version: [4, 0],
    replicas: 1,
    resources: {
      requests: { cpu: "100m", memory: "512Mi" },
      limits: { cpu: "1", memory: "1Gi" },
    },
    storage: { size: "1Gi" },
    plugins: [],
    antiAffinity: "preferred",
    conf: {},
    clientNamespaces: [],
  },
  access: { via: "definitions" },
  workloads: { image: "mq-workloads:0.1.0", pullPolicy: "IfNotPresent", pullSecrets: ["pull"] },
  collectors: [collector("inventory"), collector("log")],
  senders: [daemonSet],
};

/** A fleet on a cluster under mocks. */
export function fleet(
  changes: Partial<KubernetesTopology> = {},
  { password = receiverPassword, tlsKey = "" } = {},
) {
  const all = { ...topology, ...changes };
  const secured = all.broker.tls;
  const scheme = secured ? "stomp+ssl" : "stomp";
  const host = `rabbitmq.${all.cluster.namespace}.svc`;
  return record(
    () => {
      const scope: Scope = {
        stack: all.stack,
        cluster: all.cluster,
        namespace: pulumi.output(all.cluster.namespace),
      };
      const users = ["kermit-receiver", "kermit-sender"];
      const certificates =
        secured &&
        new BrokerCertificates("tls", {
          scope,
          kind: "rabbitmq",
          tls: secured,
          key: pulumi.secret(tlsKey),
          users,
          names: [host],
        });
      const endpoint = { scheme, host, port: secured ? 61614 : 61613 };
      return new KermitFleet("kermit", {
        topology: all,
        broker: { endpoints: { amqp: endpoint, stomp: endpoint }, addresses: addressesV2 },
        clients: new Map([
          ["kermit-receiver", { password: pulumi.output(password) }],
          ["kermit-sender", { password: pulumi.output(senderPassword) }],
        ]),
        privateKey: undefined,
        workloads: new KubernetesWorkloads({ scope, topology: all, certificates }),
      });
    },
    { stack: all.stack },
  );
}
