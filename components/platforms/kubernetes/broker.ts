import type * as pulumi from "@pulumi/pulumi";
import type { ClientPasswords } from "../../access/client-passwords";
import { AccessJob } from "../../access/kubernetes/access-job";
import { RabbitMqDefinitions } from "../../access/kubernetes/rabbitmq-definitions";
import { RabbitMqAccess } from "../../access/rabbitmq-access";
import { KubernetesActiveMq } from "../../brokers/activemq/kubernetes/kubernetes-activemq";
import { KubernetesArtemis } from "../../brokers/artemis/kubernetes/kubernetes-artemis";
import { RabbitMqCluster } from "../../brokers/rabbitmq/kubernetes/rabbitmq-cluster";
import {
  defaultQueueType,
  type KubernetesTopology,
  type RabbitMqPlan,
} from "../../config/topology";
import type { BrokerCertificates } from "../../keys/broker-certificates";
import type { Platform } from "../platform";
import type { Scope } from "./scope";

/** What the broker of a stack is made of. */
export interface KubernetesBrokerArgs {
  readonly scope: Scope;
  readonly topology: KubernetesTopology;
  readonly passwords: ClientPasswords;
  /** With TLS only. */
  readonly certificates?: BrokerCertificates;
}

/** The broker, and what says that users, queues and permissions are in it. */
export type ServedBroker = Pick<Platform, "broker" | "access">;

/**
 * The broker of a stack's kind. RabbitMQ gets its users and queues by definitions and a Job, or through its management
 * API; the others have them in their files, and so with their start.
 *
 * @param prefix - stands before the names of its resources.
 */
export function createBroker(
  prefix: string,
  args: KubernetesBrokerArgs,
  on: pulumi.ComponentResourceOptions,
): ServedBroker {
  const { broker: plan, workloads } = args.topology;
  switch (plan.kind) {
    case "rabbitmq":
      return createRabbitMq(prefix, plan, args, on);
    case "activemq": {
      const broker = new KubernetesActiveMq(`${prefix}broker`, { ...args, plan, workloads }, on);
      return { broker, access: broker.ready };
    }
    case "artemis": {
      const broker = new KubernetesArtemis(`${prefix}broker`, { ...args, plan, workloads }, on);
      return { broker, access: broker.ready };
    }
  }
}

function createRabbitMq(
  prefix: string,
  plan: RabbitMqPlan,
  { scope, topology, passwords, certificates }: KubernetesBrokerArgs,
  on: pulumi.ComponentResourceOptions,
): ServedBroker {
  const { access, workloads } = topology;
  const tls = certificates && { certificates };
  const definitions =
    access.via === "definitions"
      ? new RabbitMqDefinitions(`${prefix}definitions`, { scope, topology, passwords }, on)
      : undefined;
  const broker = new RabbitMqCluster(
    `${prefix}broker`,
    {
      scope,
      plan,
      defaultQueueType: defaultQueueType(topology, "/"),
      definitionsSecrets: definitions?.secrets ?? [],
      ...tls,
    },
    { ...on, ...(definitions && { dependsOn: definitions }) },
  );
  const name = `${prefix}access`;
  if (definitions) {
    const { replicas } = plan;
    return {
      broker,
      access: new AccessJob(name, { scope, broker, workloads, definitions, replicas, ...tls }, on),
    };
  }
  return {
    broker,
    access: new RabbitMqAccess(name, { broker, topology, passwords, ...managementOf(topology) }),
  };
}

function managementOf({ access }: KubernetesTopology) {
  if (access.via !== "management") return {};
  const { endpoint, caFile } = access;
  return { endpoint, ...(caFile !== undefined && { caFile }) };
}
