import * as pulumi from "@pulumi/pulumi";
import { RabbitMqCluster } from "../../../../components/brokers/rabbitmq/kubernetes/rabbitmq-cluster";
import type {
  BrokerKind,
  KubernetesBrokerPlan,
  RabbitMqPlan,
  TlsPlan,
} from "../../../../components/config/topology";
import type { BrokerCertificates } from "../../../../components/keys/broker-certificates";
import type { Scope } from "../../../../components/platforms/kubernetes/scope";
import { record, type Recording } from "../../../support/mocks";

/** A broker as the defaults of a stack file have it, on RabbitMQ 4.3. */
export function brokerPlan(changes: Partial<RabbitMqPlan> = {}): RabbitMqPlan {
  return {
    kind: "rabbitmq",
    image: "rabbitmq:4.3.5-management",
    pullPolicy: "IfNotPresent",
    pullSecrets: [],
    version: [4, 3],
    replicas: 1,
    resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { cpu: "1", memory: "2Gi" } },
    storage: { size: "10Gi" },
    plugins: [],
    antiAffinity: "required",
    conf: {},
    clientNamespaces: [],
    ...changes,
  };
}

/** TLS with an authority of our own. */
export function tlsPlan(changes: Partial<TlsPlan> = {}): TlsPlan {
  return {
    clientCertificates: false,
    plainListeners: false,
    names: [],
    lifetimeDays: 90,
    renewBeforeDays: 30,
    caLifetimeDays: 3650,
    caRenewBeforeDays: 365,
    source: { kind: "ca" },
    ...changes,
  };
}

/** Labels that select the nodes of stack `prod`. */
export const nodes = {
  "app.kubernetes.io/name": "rabbitmq",
  "app.kubernetes.io/instance": "prod",
  "app.kubernetes.io/component": "broker",
};

/** Labels of all of the broker's objects of stack `prod`. */
export const labels = {
  ...nodes,
  "app.kubernetes.io/part-of": "mq",
  "app.kubernetes.io/managed-by": "pulumi",
};

/** Stack `prod` in namespace `mq-prod`. */
export function scope(protect: boolean): Scope {
  return {
    stack: "prod",
    cluster: { context: "c", namespace: "mq-prod", createNamespace: true, protect, allow: [] },
    namespace: pulumi.output("mq-prod"),
  };
}

/** What of {@link BrokerCertificates} a broker takes. */
class Certificates extends pulumi.ComponentResource {
  readonly serverSecret: string;
  readonly caSecret: string;

  constructor(kind: BrokerKind) {
    super("test:index:Certificates", "certificates");
    this.serverSecret = `${kind}-tls`;
    this.caSecret = `${kind}-ca`;
  }
}

/** Certificates for that plan, where it has TLS. */
export function certificatesFor({ kind, tls }: Pick<KubernetesBrokerPlan, "kind" | "tls">) {
  return tls && { certificates: new Certificates(kind) as unknown as BrokerCertificates };
}

/** Records a cluster of that plan, of stack `prod` in namespace `mq-prod`. */
export function recordCluster(
  plan: RabbitMqPlan,
  {
    protect = false,
    withoutCertificates = false,
    definitionsSecrets = [],
  }: {
    protect?: boolean;
    withoutCertificates?: boolean;
    definitionsSecrets?: readonly string[];
  } = {},
): Promise<Recording<RabbitMqCluster>> {
  return record(
    () =>
      new RabbitMqCluster("broker", {
        scope: scope(protect),
        plan,
        defaultQueueType: "classic",
        definitionsSecrets,
        ...(!withoutCertificates && certificatesFor(plan)),
      }),
  );
}
