import { createHmac } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { ClientPassword, ClientPasswords } from "../../../access/client-passwords";
import { brokerHost, type ImagePlan, type KubernetesTopology } from "../../../config/topology";
import type { BrokerCertificates } from "../../../keys/broker-certificates";
import { tcp } from "../../../platforms/kubernetes/network-rules";
import type { Scope } from "../../../platforms/kubernetes/scope";
import { createAdministrator, type Administrator } from "../../administrator";
import type { Broker, Endpoint } from "../../broker";
import { BrokerObjects } from "../broker-objects";
import { preferred, type Listener } from "../listeners";
import { brokerNames } from "../names";
import { brokerNetworkPolicy } from "../network-policy";
import { serviceMonitorSpec } from "../service-monitor";
import { clientService, nodesService } from "../services";
import { statefulSetSpec } from "../stateful-set";
import { clientListeners, metricsListener, ports, type Protocol } from "./listeners";
import { javaPod, type JavaPlan, type JavaProcess } from "./pod";

/** Arguments of a broker that runs on Java. */
export interface JavaBrokerArgs<Plan extends JavaPlan> {
  readonly scope: Scope;
  readonly plan: Plan;
  readonly topology: Pick<KubernetesTopology, "queues" | "users" | "acl">;
  readonly passwords: ClientPasswords;
  /** The image that has the agent for metrics. */
  readonly workloads: ImagePlan;
  /** With TLS only. */
  readonly certificates?: BrokerCertificates;
}

/** What the broker's files say of who may log in, in clear. */
export interface JavaCredentials {
  readonly admin: ClientPassword;
  /** By user. */
  readonly users: Readonly<Record<string, ClientPassword>>;
}

/** What is a broker software's own. */
export interface JavaSoftware {
  /** Token of the component. */
  readonly token: string;
  readonly addresses: Broker["addresses"];
  readonly process: JavaProcess;
  /** All that the broker reads, by file name. */
  readonly files: (credentials: JavaCredentials) => Readonly<Record<string, string>>;
  /** What nodes say to each other. */
  readonly peers: readonly Pick<Listener, "name" | "port">[];
  /** Whether metrics have TLS where clients have it. */
  readonly secureMetrics: boolean;
}

/**
 * A broker on Kubernetes that runs on Java: a StatefulSet whose pods read all that the broker is told, users and rights
 * too, from one Secret, and have a volume each that stays when they go.
 */
export abstract class JavaBroker<Plan extends JavaPlan>
  extends pulumi.ComponentResource
  implements Broker
{
  readonly endpoints: Broker["endpoints"];
  readonly addresses: Broker["addresses"];
  readonly admin: Administrator;
  readonly ready: pulumi.Resource;
  readonly data: pulumi.Resource;

  protected constructor(
    name: string,
    private readonly args: JavaBrokerArgs<Plan>,
    software: JavaSoftware,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { plan, scope, certificates } = args;
    if (plan.tls && !certificates) {
      throw new Error(`${name}: mq:broker.tls is set, but there are no certificates; give them`);
    }
    super(software.token, name, { replicas: plan.replicas }, opts);
    const make = new BrokerObjects(name, this, plan.kind, scope);
    this.admin = createAdministrator(name, this, scope.cluster);
    this.addresses = software.addresses;
    const files = this.files(software);
    const metrics = metricsListener(plan.tls !== undefined && software.secureMetrics);
    const clients = clientListeners(plan);

    const nodes = make.statefulSet(
      statefulSetSpec({
        plan,
        nodes: make.nodes,
        labels: make.labels,
        checksum: this.checksum(files),
        pod: javaPod({
          plan,
          process: software.process,
          nodes: make.nodes,
          workloads: args.workloads,
          peers: software.peers,
          tlsSecret: certificates?.serverSecret,
        }),
      }),
      nodesService([...software.peers, preferred(ports, plan, "amqp")], make.nodes),
      [
        make.secret("config", brokerNames(plan.kind).config, files),
        make.adminSecret(this.admin),
        make.account(),
        make.policy(
          brokerNetworkPolicy(plan, {
            nodes: make.nodes,
            clients,
            peers: software.peers.map(({ port }) => tcp(port)),
            metrics: [metrics],
          }),
        ),
        ...(certificates ? [certificates] : []),
      ],
    );
    if (plan.replicas > 1) make.budget();
    const service = make.service(
      clientService([...clients, ...(plan.monitoring ? [metrics] : [])], make.nodes),
      nodes,
    );
    if (plan.monitoring?.serviceMonitor) {
      make.monitor(
        serviceMonitorSpec({
          nodes: make.nodes,
          listener: metrics,
          ...(certificates &&
            software.secureMetrics && {
              tls: { host: this.host, caSecret: certificates.caSecret },
            }),
          pages: [{ path: "/metrics" }],
        }),
        service,
      );
    }

    this.endpoints = {
      amqp: this.endpoint("amqp", "amqp", "amqps"),
      stomp: this.endpoint("stomp", "stomp", "stomp+ssl"),
      ...(plan.openwire && { openwire: this.endpoint("openwire", "tcp", "ssl") }),
    };
    this.ready = service;
    this.data = nodes;
    this.registerOutputs({ endpoints: this.endpoints });
  }

  /** A Pulumi secret: the files hold passwords, or what stands for them. */
  private files({ files }: JavaSoftware): pulumi.Output<Readonly<Record<string, string>>> {
    const { password, salt } = this.admin;
    return pulumi.secret(
      pulumi
        .all([password, salt, this.args.passwords.all])
        .apply(([plain, saltBytes, users]) =>
          files({ admin: { password: plain, salt: saltBytes }, users }),
        ),
    );
  }

  /**
   * Of all that a node reads only as it starts. No secret: the cluster shows it to whoever may see pods, and it is keyed
   * with 40 random characters, so that nobody can try passwords with it.
   */
  private checksum(files: pulumi.Output<Readonly<Record<string, string>>>): pulumi.Output<string> {
    return pulumi.unsecret(
      pulumi.all([files, this.admin.password]).apply(([texts, key]) =>
        createHmac("sha256", key)
          .update(JSON.stringify(Object.entries(texts).sort()))
          .digest("hex"),
      ),
    );
  }

  private get host(): string {
    const { plan, scope } = this.args;
    return brokerHost(plan.kind, scope.cluster.namespace);
  }

  private endpoint(protocol: Protocol, plain: string, tls: string): Endpoint {
    const { plan } = this.args;
    return {
      scheme: plan.tls ? tls : plain,
      host: this.host,
      port: preferred(ports, plan, protocol).port,
    };
  }
}
