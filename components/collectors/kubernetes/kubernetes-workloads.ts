import * as pulumi from "@pulumi/pulumi";
import type { KubernetesSenderPlan, KubernetesTopology } from "../../config/topology";
import type { BrokerCertificates } from "../../keys/broker-certificates";
import type { Scope } from "../../platforms/kubernetes/scope";
import type {
  ClusterPlace,
  FleetReceiver,
  FleetReceiverArgs,
  FleetSenderArgs,
  FleetWorkloads,
  KubernetesCollectorOutput,
  KubernetesSenderOutput,
} from "../fleet-workloads";
import { inPod } from "./pod-files";
import { KubernetesReceiver } from "./receiver";
import { KubernetesSender } from "./sender";

/** Arguments of {@link KubernetesWorkloads}. */
export interface KubernetesWorkloadsArgs {
  readonly scope: Scope;
  readonly topology: KubernetesTopology;
  /** Where the broker has TLS. */
  readonly certificates?: BrokerCertificates | undefined;
}

/** Runs the workloads of a fleet as Deployments and DaemonSets of a cluster, with options of its own: the provider. */
export class KubernetesWorkloads implements FleetWorkloads {
  constructor(
    private readonly args: KubernetesWorkloadsArgs,
    private readonly on: pulumi.ComponentResourceOptions = {},
  ) {}

  receiver(
    name: string,
    args: FleetReceiverArgs,
    opts: pulumi.ComponentResourceOptions,
  ): FleetReceiver {
    const { topology } = this.args;
    const { collectors } = new KubernetesReceiver(
      name,
      { ...args, ...this.args },
      pulumi.mergeOptions(this.on, opts),
    );
    const output = (queue: string, deployment: string): KubernetesCollectorOutput => ({
      on: "kubernetes",
      ...this.place(),
      queue,
      directory: `${inPod.outputDir}/${queue}`,
      deployment,
    });
    return {
      directory: inPod.outputDir,
      collectors: Object.fromEntries(
        topology.collectors.flatMap(({ name: collector, queue }) => {
          const deployment = collectors[collector]?.deployment;
          return deployment === undefined ? [] : [[collector, output(queue, deployment)]];
        }),
      ),
    };
  }

  sender(
    name: string,
    args: FleetSenderArgs,
    opts: pulumi.ComponentResourceOptions,
  ): readonly KubernetesSenderOutput[] {
    const { topology, ...rest } = this.args;
    const { secret, daemonSet } = new KubernetesSender(
      name,
      { ...args, ...rest, plan: this.senderPlan(args.plan.name), image: topology.workloads },
      pulumi.mergeOptions(this.on, opts),
    );
    return [
      {
        on: "kubernetes",
        ...this.place(),
        secret,
        ...(daemonSet !== undefined && { daemonSet }),
      },
    ];
  }

  private senderPlan(name: string): KubernetesSenderPlan {
    const plan = this.args.topology.senders.find((candidate) => candidate.name === name);
    if (plan === undefined) throw new Error(`mq:senders.${name}: no such sender; declare it there`);
    return plan;
  }

  private place(): ClusterPlace {
    const { context, namespace } = this.args.scope.cluster;
    return { context, namespace };
  }
}
