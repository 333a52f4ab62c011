import type * as pulumi from "@pulumi/pulumi";
import type { Broker } from "../brokers/broker";
import type { SenderPlan } from "../config/topology";
import type { PrivateHalf, PublicHalf } from "../keys/signing-key-pair";

/** What collectors and senders need of a broker. */
export type BrokerAccess = Pick<Broker, "endpoints" | "addresses">;

/** What a receiver and a sender have in common. */
interface WorkloadArgs {
  readonly broker: BrokerAccess;
  /** Whom it logs in as. */
  readonly user: string;
  readonly password: pulumi.Output<string>;
  /** Base name of the key pair. */
  readonly keyName: string;
}

/** Arguments of {@link FleetWorkloads.receiver}. */
export interface FleetReceiverArgs extends WorkloadArgs {
  /** The queues that `kermit.cfg` names. */
  readonly inventoryQueue: string;
  readonly logQueue: string;
  readonly publicKey: PublicHalf;
}

/** Arguments of {@link FleetWorkloads.sender}. */
export interface FleetSenderArgs extends WorkloadArgs {
  readonly plan: SenderPlan;
  readonly vhost: string;
  readonly privateKey: PrivateHalf;
  /** Largest file that it accepts, in bytes. */
  readonly maxBytes: number;
}

/** What became of {@link FleetWorkloads.receiver}. */
export interface FleetReceiver {
  /** The folder that holds one folder for each queue, as its processes see it. */
  readonly directory: string;
  readonly collectors: Readonly<Record<string, CollectorOutput>>;
}

/** Runs the workloads of a fleet on one platform, as the plans of that platform's topology say. */
export interface FleetWorkloads {
  /** All collectors. */
  receiver(
    name: string,
    args: FleetReceiverArgs,
    opts: pulumi.ComponentResourceOptions,
  ): FleetReceiver;
  /** One sender, wherever it is to be. */
  sender(
    name: string,
    args: FleetSenderArgs,
    opts: pulumi.ComponentResourceOptions,
  ): readonly SenderOutput[];
}

/** How a collector is watched, and run by hand in place of its service. */
export type CollectorOutput = HostCollector | KubernetesCollectorOutput;

/** A collector that is a service of a host. */
export interface HostCollector {
  readonly on: "host";
  readonly queue: string;
  readonly directory: string;
  readonly service: string;
  /** Where the service keeps its state and log, when systemd does not run it. */
  readonly stateDirectory: string;
  readonly command: readonly string[];
  /** The operating system's user that it runs as, where `up` acted as root. */
  readonly user?: string;
}

/** Where on which cluster something is. */
export interface ClusterPlace {
  /** Context of the kubeconfig. */
  readonly context: string;
  readonly namespace: string;
}

/** A collector that is a Deployment. */
export interface KubernetesCollectorOutput extends ClusterPlace {
  readonly on: "kubernetes";
  readonly queue: string;
  /** The queue's folder, as the pod sees it. */
  readonly directory: string;
  readonly deployment: string;
}

/** How a file is sent. */
export type SenderOutput = HostSender | KubernetesSenderOutput;

/** A sender that is a command of a host. */
export interface HostSender {
  readonly on: "host";
  readonly host: string;
  readonly command: string;
  /** The operating system's user to run it as, where `up` acted as root. */
  readonly user?: string;
}

/** A sender that is a Secret, and pods with `mq-send` where the stack runs them. */
export interface KubernetesSenderOutput extends ClusterPlace {
  readonly on: "kubernetes";
  readonly secret: string;
  readonly daemonSet?: string;
}
