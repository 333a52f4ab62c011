import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ManagedBroker } from "../../brokers/broker";
import { name as brokerName } from "../../brokers/rabbitmq/kubernetes/names";
import { clientNetwork } from "../../platforms/kubernetes/client-network";
import type { ImagePlan } from "../../config/topology";
import type { BrokerCertificates } from "../../keys/broker-certificates";
import { labelsOf, type Part } from "../../platforms/kubernetes/labels";
import { secretMode } from "../../platforms/kubernetes/pod-security";
import type { Scope } from "../../platforms/kubernetes/scope";
import {
  workloadPodSpec,
  type WorkloadContainer,
} from "../../platforms/kubernetes/workload-pod-spec";
import type { AccessConfig } from "../../../workloads/access/config";
import type { RabbitMqDefinitions } from "./rabbitmq-definitions";

/** Arguments of {@link AccessJob}. */
export interface AccessJobArgs {
  readonly scope: Scope;
  readonly broker: ManagedBroker;
  readonly workloads: ImagePlan;
  readonly definitions: RabbitMqDefinitions;
  /** Nodes that have to run as one cluster before anything is applied. */
  readonly replicas: number;
  /** Undefined: without TLS. */
  readonly certificates?: BrokerCertificates;
}

/** What the program waits for the broker, and what the Job may take with its repetitions, in seconds. */
const seconds = { wait: 600, job: 1_500 };

const path = {
  config: "/etc/mq/access",
  admin: "/etc/mq/admin",
  definitions: "/etc/mq/definitions",
  tls: "/etc/mq/tls",
};

/**
 * Applies {@link RabbitMqDefinitions} to a broker that only the cluster reaches: a Job for each content of the definitions,
 * which waits until all nodes run, and removes from the broker what has left the definitions. `up` waits for its end.
 */
export class AccessJob extends pulumi.ComponentResource {
  constructor(
    name: string,
    private readonly args: AccessJobArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mq:index:AccessJob", name, {}, opts);
    const account = new kubernetes.core.v1.ServiceAccount(
      name,
      { metadata: this.metadata("rabbitmq-access"), automountServiceAccountToken: false },
      { parent: this },
    );
    const config = JSON.stringify(this.config(), null, 2);
    const configMap = new kubernetes.core.v1.ConfigMap(
      name,
      { metadata: this.metadata("rabbitmq-access"), data: { "access.json": config } },
      { parent: this },
    );
    const { broker, certificates, definitions, scope, workloads } = args;
    const network = new kubernetes.networking.v1.NetworkPolicy(
      name,
      {
        metadata: this.metadata("rabbitmq-access"),
        spec: clientNetwork(partOf(scope), broker.endpoints.management),
      },
      { parent: this },
    );
    new kubernetes.batch.v1.Job(
      name,
      {
        metadata: {
          ...this.metadata(pulumi.interpolate`rabbitmq-access-${definitions.hash.apply(short)}`),
          // One that has failed is not waited for again.
          annotations: { "pulumi.com/replaceUnready": "true" },
        },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: seconds.job,
          template: {
            metadata: {
              labels: labelsOf(partOf(scope)),
              annotations: { "checksum/config": createHash("sha256").update(config).digest("hex") },
            },
            spec: workloadPodSpec(workloads, account.metadata.name, this.container(), {
              // A pod of its own for each attempt keeps the log of each.
              restartPolicy: "Never",
              volumes: this.volumes(configMap.metadata.name),
            }),
          },
        },
      },
      {
        parent: this,
        dependsOn: [broker.ready, definitions, network, ...(certificates ? [certificates] : [])],
        // What the broker keeps of earlier runs is gone with its data.
        replaceWith: [broker.data],
        // The name is the same then.
        deleteBeforeReplace: true,
        customTimeouts: { create: `${String(seconds.job + 60)}s` },
      },
    );
    this.registerOutputs({});
  }

  /** What the program reads. */
  private config(): AccessConfig {
    const { broker, certificates, replicas } = this.args;
    const { scheme, host, port } = broker.endpoints.management;
    return {
      url: `${scheme}://${host}:${String(port)}`,
      ...(certificates && { caFile: `${path.tls}/ca.crt` }),
      user: broker.admin.user,
      passwordFile: `${path.admin}/password`,
      definitionsDir: path.definitions,
      nodes: replicas,
      timeoutSeconds: seconds.wait,
    };
  }

  private container(): WorkloadContainer {
    const { certificates } = this.args;
    const mount = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true });
    return {
      name: "access",
      command: ["node", "/usr/local/lib/mq/access.js"],
      args: ["--config", `${path.config}/access.json`],
      resources: {
        requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "16Mi" },
        limits: { cpu: "500m", memory: "256Mi", "ephemeral-storage": "64Mi" },
      },
      // `up` shows it where the Job fails.
      terminationMessagePolicy: "FallbackToLogsOnError",
      volumeMounts: [
        mount("config", path.config),
        mount("admin", path.admin),
        mount("definitions", path.definitions),
        ...(certificates ? [mount("tls", path.tls)] : []),
      ],
    };
  }

  private volumes(configMap: pulumi.Input<string>): kubernetes.types.input.core.v1.Volume[] {
    const { certificates, definitions } = this.args;
    const defaultMode = secretMode;
    return [
      { name: "config", configMap: { name: configMap } },
      { name: "admin", secret: { secretName: brokerName.admin, defaultMode } },
      {
        name: "definitions",
        projected: {
          defaultMode,
          sources: definitions.secrets.map((name) => ({ secret: { name } })),
        },
      },
      ...(certificates
        ? [
            {
              name: "tls",
              secret: {
                secretName: certificates.caSecret,
                defaultMode,
                items: [{ key: "ca.crt", path: "ca.crt" }],
              },
            },
          ]
        : []),
    ];
  }

  private metadata(name: pulumi.Input<string>) {
    const { scope } = this.args;
    return { name, namespace: scope.namespace, labels: labelsOf(partOf(scope)) };
  }
}

function partOf({ stack }: Scope): Part {
  return { name: "mq-access", component: "access", stack };
}

/** What a name takes of a hash. */
function short(hash: string): string {
  return hash.slice(0, 8);
}
