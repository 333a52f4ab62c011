import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { brokerHost, type Queue, type RabbitMqPlan } from "../../../config/topology";
import type { BrokerCertificates } from "../../../keys/broker-certificates";
import type { Scope } from "../../../platforms/kubernetes/scope";
import { createAdministrator, type Administrator } from "../../administrator";
import type { Broker, Endpoint, ManagedBroker } from "../../broker";
import { BrokerObjects } from "../../kubernetes/broker-objects";
import { serviceMonitorSpec } from "../../kubernetes/service-monitor";
import { statefulSetSpec } from "../../kubernetes/stateful-set";
import { addressesV2 } from "../addresses";
import { administratorDefinitions } from "../administrator";
import { clusterPlugins, confParts } from "./conf";
import { preferredListener, type Protocol } from "./listeners";
import { adminDefinitionsKey, name as objectName } from "./names";
import { rabbitMqNetworkPolicy } from "./network-policy";
import { createPeerDiscovery } from "./peer-discovery";
import { brokerPod } from "./pod";
import { metricsPages } from "./service-monitor";
import { rabbitMqNodesService, rabbitMqService } from "./services";
import { findsPeersByApi } from "./version";

/** Arguments of {@link RabbitMqCluster}. */
export interface RabbitMqClusterArgs {
  readonly scope: Scope;
  readonly plan: RabbitMqPlan;
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
export class RabbitMqCluster extends pulumi.ComponentResource implements Broker, ManagedBroker {
  readonly endpoints: Broker["endpoints"] & ManagedBroker["endpoints"];
  readonly addresses = addressesV2;
  readonly admin: Administrator;
  readonly ready: pulumi.Resource;
  readonly data: pulumi.Resource;

  constructor(
    private readonly name: string,
    private readonly args: RabbitMqClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { plan, scope, certificates } = args;
    super("mq:index:RabbitMqCluster", name, { replicas: plan.replicas }, opts);
    if (plan.tls && !certificates) {
      throw new Error(`${name}: mq:broker.tls is set, but there are no certificates; give them`);
    }
    const make = new BrokerObjects(name, this, "rabbitmq", scope);
    const admin = createAdministrator(name, this, scope.cluster);
    const definitions = administratorDefinitions(admin);
    const conf = confParts(plan, args.defaultQueueType);
    const config = { ...conf, enabled_plugins: clusterPlugins(plan) };
    const pod = brokerPod({
      plan,
      nodes: make.nodes,
      confParts: Object.keys(conf),
      definitionsSecrets: args.definitionsSecrets,
      tlsSecret: certificates?.serverSecret,
    });
    const nodes = make.statefulSet(
      statefulSetSpec({
        plan,
        nodes: make.nodes,
        labels: make.labels,
        checksum: checksum(config, definitions),
        pod,
      }),
      rabbitMqNodesService(plan, make.nodes),
      [
        make.configMap(config),
        this.createCookie(make),
        make.secret("admin-definitions", objectName.adminDefinitions, {
          [adminDefinitionsKey]: definitions,
        }),
        make.adminSecret(admin),
        make.account(),
        ...this.createPeerDiscovery(make),
        make.policy(rabbitMqNetworkPolicy(plan, make.nodes)),
        ...(certificates ? [certificates] : []),
      ],
    );
    if (plan.replicas > 1) make.budget();
    const service = make.service(rabbitMqService(plan, make.nodes), nodes);
    if (plan.monitoring?.serviceMonitor) {
      make.monitor(
        serviceMonitorSpec({
          nodes: make.nodes,
          listener: preferredListener(plan, "prometheus"),
          ...(certificates && { tls: { host: this.host, caSecret: certificates.caSecret } }),
          pages: metricsPages,
        }),
        service,
      );
    }

    this.endpoints = {
      amqp: this.endpoint("amqp", "amqp", "amqps"),
      stomp: this.endpoint("stomp", "stomp", "stomp+ssl"),
      management: this.endpoint("management", "http", "https"),
    };
    this.admin = admin;
    this.ready = service;
    this.data = nodes;
    this.registerOutputs({ endpoints: this.endpoints });
  }

  private get host(): string {
    return brokerHost("rabbitmq", this.args.scope.cluster.namespace);
  }

  /** What nodes show each other. */
  private createCookie(make: BrokerObjects): pulumi.Resource {
    const cookie = new random.RandomPassword(
      `${this.name}-erlang-cookie`,
      { length: 40, special: false },
      { parent: this, protect: this.args.scope.cluster.protect },
    );
    return make.secret("erlang-cookie", objectName.cookie, {
      ".erlang.cookie": pulumi.secret(cookie.result),
    });
  }

  private createPeerDiscovery(make: BrokerObjects): pulumi.Resource[] {
    if (!findsPeersByApi(this.args.plan)) return [];
    return createPeerDiscovery(this.name, make.metadata(objectName.peerDiscovery), {
      parent: this,
    });
  }

  private endpoint(protocol: Protocol, plain: string, tls: string): Endpoint {
    const { plan } = this.args;
    return {
      scheme: plan.tls ? tls : plain,
      host: this.host,
      port: preferredListener(plan, protocol).port,
    };
  }
}

/**
 * Of what a node reads only as it starts: neither certificates nor access definitions. No secret: the cluster shows it to
 * whoever may see pods, and what is hashed is itself a salted hash of 40 random characters.
 */
function checksum(
  config: Readonly<Record<string, string>>,
  adminDefinitions: pulumi.Output<string>,
): pulumi.Output<string> {
  return pulumi.unsecret(adminDefinitions).apply((definitions) =>
    createHash("sha256")
      .update(JSON.stringify([config, definitions]))
      .digest("hex"),
  );
}
