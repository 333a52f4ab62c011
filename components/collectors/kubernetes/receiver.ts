import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { queueOf, type KubernetesTopology } from "../../config/topology";
import type { BrokerCertificates } from "../../keys/broker-certificates";
import { labelsOf } from "../../platforms/kubernetes/labels";
import type { Scope } from "../../platforms/kubernetes/scope";
import { amqpqueueCfg } from "../amqpqueue-cfg";
import type { FleetReceiverArgs } from "../fleet-workloads";
import { kermitCfg } from "../kermit-cfg";
import { KubernetesCollector, metricsPort } from "./collector";
import { inPod, tlsSecretsOf } from "./pod-files";

/** Arguments of {@link KubernetesReceiver}. */
export interface KubernetesReceiverArgs extends FleetReceiverArgs {
  readonly scope: Scope;
  readonly topology: Pick<KubernetesTopology, "queues" | "collectors" | "workloads" | "broker">;
  readonly certificates?: BrokerCertificates | undefined;
}

/** Names of what all collectors of a stack read. */
const objects = { kermit: "kermit", login: "receiver", keys: "receiver-keys" } as const;

/**
 * The receiver of document 000 on a cluster: what its collectors share (`kermit.cfg`, `amqpqueue.cfg`, the public key and no
 * other), and a {@link KubernetesCollector} for each queue.
 */
export class KubernetesReceiver extends pulumi.ComponentResource {
  readonly collectors: Readonly<Record<string, KubernetesCollector>>;

  constructor(name: string, args: KubernetesReceiverArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:KubernetesReceiver", name, {}, opts);
    const { scope, topology, publicKey, broker, user, keyName, certificates } = args;
    const { monitoring } = topology.broker;
    const parent = { parent: this };
    const metadata = (object: string) => ({
      name: object,
      namespace: scope.namespace,
      labels: labelsOf({ name: "mq-collector", component: "receiver", stack: scope.stack }),
    });
    const password = pulumi.secret(args.password);
    const kermit = kermitCfg({ ...inPod, ...args });
    const { stomp } = broker.endpoints;
    const login = password.apply((plain) =>
      amqpqueueCfg({ keyDir: inPod.keyDir, keyName, stomp: { ...stomp, user, password: plain } }),
    );
    const shared = [
      new kubernetes.core.v1.ConfigMap(
        `${name}-shared`,
        { metadata: metadata(objects.kermit), data: { "kermit.cfg": kermit } },
        parent,
      ),
      new kubernetes.core.v1.Secret(
        `${name}-login`,
        { metadata: metadata(objects.login), stringData: { "amqpqueue.cfg": login, password } },
        parent,
      ),
      new kubernetes.core.v1.Secret(
        `${name}-keys`,
        { metadata: metadata(objects.keys), stringData: { [publicKey.fileName]: publicKey.pem } },
        parent,
      ),
    ];
    this.collectors = Object.fromEntries(
      topology.collectors.map((plan) => [
        plan.name,
        new KubernetesCollector(
          `${name}-${plan.name}`,
          {
            scope,
            plan,
            vhost: queueOf(topology, plan.queue).vhost,
            broker,
            image: topology.workloads,
            shared: [
              { kind: "configMap", name: objects.kermit, files: ["kermit.cfg"] },
              { kind: "secret", name: objects.login, files: ["amqpqueue.cfg", "password"] },
            ],
            keys: objects.keys,
            contents: [pulumi.output(kermit), login, password, publicKey.pem],
            password,
            ...(certificates && { tls: tlsSecretsOf(certificates, user) }),
            ...(monitoring && { scrapedFrom: monitoring.namespace }),
          },
          { ...parent, dependsOn: [...shared, ...(certificates ? [certificates] : [])] },
        ),
      ]),
    );
    if (monitoring?.serviceMonitor) {
      new kubernetes.apiextensions.CustomResource(
        `${name}-monitor`,
        {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "ServiceMonitor",
          metadata: metadata("collectors"),
          spec: {
            selector: {
              matchLabels: {
                "app.kubernetes.io/name": "mq-collector",
                "app.kubernetes.io/instance": scope.stack,
              },
            },
            endpoints: [{ port: metricsPort }],
          },
        },
        parent,
      );
    }
    this.registerOutputs({});
  }
}
