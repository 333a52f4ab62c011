import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { brokerHost, type KubernetesBrokerPlan, type Queue } from "../../../config/topology";
import type { BrokerCertificates } from "../../../keys/broker-certificates";
import { labelsOf, selectorOf } from "../../../platforms/kubernetes/labels";
import type { Scope } from "../../../platforms/kubernetes/scope";
import type { Broker, Endpoint } from "../../broker";
import { adminUser, createAdministrator, type Administrator } from "../administrator";
import { clusterPlugins, confParts } from "./conf";
import { preferredListener, type Protocol } from "./listeners";
import { adminDefinitionsKey, name as objectName } from "./names";
import { brokerNetworkPolicy } from "./network-policy";
import { createPeerDiscovery } from "./peer-discovery";
import { serviceMonitorSpec } from "./service-monitor";
import { clientService, nodesService } from "./services";
import { statefulSetSpec } from "./stateful-set";
import { findsPeersByApi } from "./version";

/** Arguments of {@link RabbitMqCluster}. */
export interface RabbitMqClusterArgs {
  readonly scope: Scope;
  readonly plan: KubernetesBrokerPlan;
  /** Type of a queue that is declared without one. */
  readonly defaultQueueType: Queue["type"];
  /** Names of the Secrets with definitions of users, queues and permissions, by number; none where they come otherwise. */
  readonly definitionsSecrets: readonly string[];
  /** With TLS only. */
  readonly certificates?: BrokerCertificates;
}

/**
 * A RabbitMQ cluster on Kubernetes: a StatefulSet whose pods find each other, with a volume each that stays when they go.
 *
 * Works with RabbitMQ 4.0 and newer, of images that have the official one's paths and user.
 */
export class RabbitMqCluster extends pulumi.ComponentResource implements Broker {
  readonly endpoints: Broker["endpoints"];
  readonly admin: Broker["admin"];
  readonly ready: pulumi.Resource;
  readonly data: pulumi.Resource;

  private readonly labels: Record<string, string>;
  private readonly nodes: Record<string, string>;

  constructor(
    private readonly name: string,
    private readonly args: RabbitMqClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { plan, scope } = args;
    super("mq:index:RabbitMqCluster", name, { replicas: plan.replicas }, opts);
    if (plan.tls && !args.certificates) {
      throw new Error(`${name}: mq:broker.tls is set, but there are no certificates; give them`);
    }
    const part = { name: "rabbitmq", component: "broker", stack: scope.stack };
    this.labels = labelsOf(part);
    this.nodes = selectorOf(part);

    const admin = createAdministrator(name, this, scope.cluster);
    const conf = confParts(plan, args.defaultQueueType);
    const config = { ...conf, enabled_plugins: clusterPlugins(plan) };
    const nodes = this.createNodes(conf, this.checksum(config, admin), [
      new kubernetes.core.v1.ConfigMap(
        `${name}-config`,
        { metadata: this.metadata(objectName.config), data: config },
        { parent: this },
      ),
      ...this.createSecrets(admin),
      ...this.createAccount(),
      this.createPolicy(),
    ]);
    if (plan.replicas > 1) this.createBudget();
    const service = new kubernetes.core.v1.Service(
      name,
      { metadata: this.metadata(objectName.broker), spec: clientService(plan, this.nodes) },
      // Made last, and so deleted first: by that the nodes know that the stack is going.
      { parent: this, dependsOn: nodes },
    );
    if (plan.monitoring?.serviceMonitor) this.createMonitor(service);

    this.endpoints = {
      amqp: this.endpoint("amqp", "amqp", "amqps"),
      stomp: this.endpoint("stomp", "stomp", "stomp+ssl"),
      management: this.endpoint("management", "http", "https"),
    };
    this.admin = { user: adminUser, password: admin.password };
    this.ready = service;
    this.data = nodes;
    this.registerOutputs({ endpoints: this.endpoints });
  }

  /** The nodes: once there, they answer. */
  private createNodes(
    conf: Readonly<Record<string, string>>,
    checksum: pulumi.Output<string>,
    needed: readonly pulumi.Resource[],
  ): kubernetes.apps.v1.StatefulSet {
    const { plan, scope, certificates, definitionsSecrets } = this.args;
    const { protect } = scope.cluster;
    const headless = new kubernetes.core.v1.Service(
      `${this.name}-nodes`,
      {
        metadata: {
          ...this.metadata(objectName.nodes),
          // Its pods come after it.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: nodesService(plan, this.nodes),
      },
      { parent: this },
    );
    return new kubernetes.apps.v1.StatefulSet(
      this.name,
      {
        metadata: this.metadata(objectName.broker),
        spec: statefulSetSpec({
          plan,
          nodes: this.nodes,
          labels: this.labels,
          checksum,
          confParts: Object.keys(conf),
          definitionsSecrets,
          tlsSecret: certificates?.serverSecret,
        }),
      },
      {
        parent: this,
        dependsOn: [headless, ...needed, ...(certificates ? [certificates] : [])],
        protect,
        retainOnDelete: protect,
        // Nodes go one by one, each when the others can do without it.
        customTimeouts: { create: "30m", update: "2h", delete: "30m" },
      },
    );
  }

  private createSecrets(admin: Administrator): pulumi.Resource[] {
    const cookie = new random.RandomPassword(
      `${this.name}-erlang-cookie`,
      { length: 40, special: false },
      { parent: this, protect: this.args.scope.cluster.protect },
    );
    const secret = (
      role: string,
      called: string,
      stringData: Record<string, pulumi.Input<string>>,
    ) =>
      new kubernetes.core.v1.Secret(
        `${this.name}-${role}`,
        { metadata: this.metadata(called), stringData },
        { parent: this },
      );
    return [
      secret("erlang-cookie", objectName.cookie, {
        ".erlang.cookie": pulumi.secret(cookie.result),
      }),
      secret("admin-definitions", objectName.adminDefinitions, {
        [adminDefinitionsKey]: admin.definitions,
      }),
      secret("admin", objectName.admin, { username: adminUser, password: admin.password }),
    ];
  }

  private createAccount(): pulumi.Resource[] {
    const account = new kubernetes.core.v1.ServiceAccount(
      this.name,
      { metadata: this.metadata(objectName.broker), automountServiceAccountToken: false },
      { parent: this },
    );
    if (!findsPeersByApi(this.args.plan)) return [account];
    return [
      account,
      ...createPeerDiscovery(this.name, this.metadata(objectName.peerDiscovery), { parent: this }),
    ];
  }

  private createPolicy(): pulumi.Resource {
    return new kubernetes.networking.v1.NetworkPolicy(
      this.name,
      {
        metadata: this.metadata(objectName.broker),
        spec: brokerNetworkPolicy(this.args.plan, this.nodes),
      },
      { parent: this },
    );
  }

  private createBudget(): void {
    new kubernetes.policy.v1.PodDisruptionBudget(
      this.name,
      {
        metadata: this.metadata(objectName.broker),
        spec: { maxUnavailable: 1, selector: { matchLabels: this.nodes } },
      },
      { parent: this },
    );
  }

  private createMonitor(service: pulumi.Resource): void {
    const { plan, scope, certificates } = this.args;
    new kubernetes.apiextensions.CustomResource(
      `${this.name}-monitor`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata: this.metadata(objectName.broker),
        spec: serviceMonitorSpec(plan, {
          nodes: this.nodes,
          host: brokerHost(scope.cluster.namespace),
          caSecret: certificates?.caSecret,
        }),
      },
      { parent: this, dependsOn: service },
    );
  }

  /**
   * Of what a node reads only as it starts: neither certificates nor access definitions. No secret: the cluster shows it to
   * whoever may see pods, and what is hashed is itself a salted hash of 40 random characters.
   */
  private checksum(
    config: Readonly<Record<string, string>>,
    admin: Administrator,
  ): pulumi.Output<string> {
    return pulumi.unsecret(admin.definitions).apply((definitions) =>
      createHash("sha256")
        .update(JSON.stringify([config, definitions]))
        .digest("hex"),
    );
  }

  private metadata(called: string) {
    return { name: called, namespace: this.args.scope.namespace, labels: this.labels };
  }

  private endpoint(protocol: Protocol, plain: string, tls: string): Endpoint {
    const { plan, scope } = this.args;
    return {
      scheme: plan.tls ? tls : plain,
      host: brokerHost(scope.cluster.namespace),
      port: preferredListener(plan, protocol).port,
    };
  }
}
