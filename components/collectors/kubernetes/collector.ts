import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ImagePlan, KubernetesCollectorPlan } from "../../config/topology";
import { labelsOf, selectorOf, type Part } from "../../platforms/kubernetes/labels";
import type { Scope } from "../../platforms/kubernetes/scope";
import type { BrokerAccess } from "../fleet-workloads";
import { collectorConfig } from "../workload-config";
import { clientNetwork } from "../../platforms/kubernetes/client-network";
import { inPod, tlsFiles, type PodFiles, type TlsSecrets } from "./pod-files";
import { workloadPod } from "./workload-pod";

/** Arguments of {@link KubernetesCollector}. */
export interface KubernetesCollectorArgs {
  readonly scope: Scope;
  readonly plan: KubernetesCollectorPlan;
  readonly vhost: string;
  readonly broker: BrokerAccess;
  readonly image: ImagePlan;
  /** Files of the receiver that every collector reads. */
  readonly shared: PodFiles["config"];
  /** Secret with the public key. */
  readonly keys: string;
  /** What the shared files and the key hold. */
  readonly contents: readonly pulumi.Output<string>[];
  /** The password among them. */
  readonly password: pulumi.Output<string>;
  readonly tls?: TlsSecrets;
  /** Namespace that Prometheus scrapes from. */
  readonly scrapedFrom?: string;
}

/** Name of the port of health and metrics. */
export const metricsPort = "metrics";

/**
 * One pod that drains one queue into a volume of its own. The volume is deleted with it, unless the cluster's plan protects
 * data.
 */
export class KubernetesCollector extends pulumi.ComponentResource {
  /** Name of the Deployment. */
  readonly deployment: string;

  constructor(
    name: string,
    private readonly args: KubernetesCollectorArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { scope, plan, scrapedFrom } = args;
    super("mq:index:KubernetesCollector", name, { queue: plan.queue }, opts);
    this.deployment = `collector-${plan.name}`;
    const part = collectorPart(scope.stack, plan.name);
    const parent = { parent: this };
    const metadata = {
      name: this.deployment,
      namespace: scope.namespace,
      labels: labelsOf(part),
    };
    const config = JSON.stringify(this.config(), null, 2);
    const volume = this.volume(name, metadata);
    const made = [
      volume,
      new kubernetes.core.v1.ServiceAccount(
        name,
        { metadata, automountServiceAccountToken: false },
        parent,
      ),
      new kubernetes.core.v1.ConfigMap(
        name,
        { metadata, data: { "collector.json": config } },
        parent,
      ),
      new kubernetes.networking.v1.NetworkPolicy(
        name,
        {
          metadata,
          spec: clientNetwork(
            part,
            args.broker.endpoints[plan.protocol],
            scrapedFrom === undefined ? undefined : { port: plan.port, namespace: scrapedFrom },
          ),
        },
        parent,
      ),
    ];
    if (scrapedFrom !== undefined) {
      new kubernetes.core.v1.Service(
        name,
        {
          // Its pod comes later: the Deployment waits for that.
          metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
          spec: {
            clusterIP: "None",
            selector: selectorOf(part),
            ports: [{ name: metricsPort, port: plan.port, targetPort: metricsPort }],
          },
        },
        parent,
      );
    }
    new kubernetes.apps.v1.Deployment(
      name,
      {
        // `npm run receive` scales it: the next `up` takes that back, whoever wrote it.
        metadata: { ...metadata, annotations: { "pulumi.com/patchForce": "true" } },
        spec: {
          replicas: 1,
          // The volume can be mounted once, and files are replaced by one writer.
          strategy: { type: "Recreate" },
          revisionHistoryLimit: 2,
          selector: { matchLabels: selectorOf(part) },
          template: this.pod(part, config),
        },
      },
      { ...parent, dependsOn: made },
    );
    this.registerOutputs({ deployment: this.deployment });
  }

  private config() {
    const { plan, vhost, broker, tls } = this.args;
    const files = { ...inPod, ...(tls && { tls: tlsFiles(tls) }) };
    return collectorConfig(plan, vhost, broker, files, "0.0.0.0");
  }

  private volume(
    name: string,
    metadata: kubernetes.types.input.meta.v1.ObjectMeta,
  ): kubernetes.core.v1.PersistentVolumeClaim {
    const { scope, plan } = this.args;
    const { size, storageClass } = plan.storage;
    const { protect } = scope.cluster;
    return new kubernetes.core.v1.PersistentVolumeClaim(
      name,
      {
        // Some classes bind a volume only when its pod comes; the Deployment waits for both.
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: size } },
          ...(storageClass !== undefined && { storageClassName: storageClass }),
        },
      },
      { parent: this, protect, retainOnDelete: protect },
    );
  }

  private pod(part: Part, config: string): kubernetes.types.input.core.v1.PodTemplateSpec {
    const { plan, shared, keys, tls, contents } = this.args;
    const { deployment } = this;
    const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
      httpGet: { path, port: metricsPort },
      periodSeconds,
      failureThreshold,
      timeoutSeconds: 5,
    });
    return workloadPod({
      part,
      serviceAccount: deployment,
      image: this.args.image,
      resources: plan.resources,
      contents: [config, ...contents],
      password: this.args.password,
      files: {
        config: [...shared, { kind: "configMap", name: deployment, files: ["collector.json"] }],
        keys,
        ...(tls && { tls }),
      },
      volumes: [{ name: "output", persistentVolumeClaim: { claimName: deployment } }],
      container: {
        name: "collector",
        command: ["node", "/usr/local/lib/mq/collector.js"],
        args: ["--config", `${inPod.folder}/collector.json`],
        ports: [{ name: metricsPort, containerPort: plan.port }],
        startupProbe: probe("/healthz", 2, 30),
        livenessProbe: probe("/healthz", 10, 6),
        readinessProbe: probe("/readyz", 5, 2),
        volumeMounts: [{ name: "output", mountPath: inPod.outputDir }],
      },
    });
  }
}

/** The part of a stack that a collector is. */
export function collectorPart(stack: string, name: string): Part {
  return { name: "mq-collector", component: `collector-${name}`, stack };
}
