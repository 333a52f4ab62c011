import * as pulumi from "@pulumi/pulumi";
import type { Secrets } from "../config/load";
import { queueOf, type SenderPlan, type Signing, type Topology } from "../config/topology";
import { SigningKeyPair } from "../keys/signing-key-pair";
import type {
  BrokerAccess,
  CollectorOutput,
  FleetReceiver,
  FleetReceiverArgs,
  FleetWorkloads,
  SenderOutput,
} from "./fleet-workloads";

/** Arguments of {@link KermitFleet}. */
export interface KermitFleetArgs {
  readonly topology: Pick<Topology, "queues" | "signing" | "collectors" | "senders">;
  readonly broker: BrokerAccess;
  /** Broker passwords by user. */
  readonly clients: ReadonlyMap<string, { readonly password: pulumi.Output<string> }>;
  /** An own private key, where the topology has an own public one. */
  readonly privateKey: Secrets["privateKey"];
  /** Runs collectors and senders on the topology's platform. */
  readonly workloads: FleetWorkloads;
}

/** The queue names of `kermit.cfg` where no sender says otherwise (document 000). */
const documentsQueues = { inventoryQueue: "kermit.inventory", logQueue: "kermit.log" };

/**
 * The collector fleet of document 000: the signing keys, the receiver with the public half, and the senders with the
 * private half.
 */
export class KermitFleet extends pulumi.ComponentResource {
  /** The folder that holds one folder for each queue, as the collectors see it; undefined without collectors. */
  readonly collectedDir: string | undefined;
  readonly collectors: Readonly<Record<string, CollectorOutput>> = {};
  readonly senders: Readonly<Record<string, readonly SenderOutput[]>> = {};

  constructor(name: string, args: KermitFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:KermitFleet", name, {}, opts);
    const { signing, senders } = args.topology;
    if (signing !== undefined) {
      const keys = this.signingKeys(name, signing, args);
      const receiver = this.receiver(name, args, signing.name, keys);
      if (receiver !== undefined) {
        this.collectedDir = receiver.directory;
        this.collectors = receiver.collectors;
      }
      this.senders = Object.fromEntries(
        senders.map((plan) => [plan.name, this.sender(name, plan, args, signing.name, keys)]),
      );
    }
    this.registerOutputs({ collectedDir: this.collectedDir });
  }

  private signingKeys(
    name: string,
    { name: fileName, bits, existingPublicKey: publicKey }: Signing,
    { privateKey }: KermitFleetArgs,
  ): SigningKeyPair {
    return new SigningKeyPair(
      `${name}-signing`,
      {
        fileName,
        bits,
        ...(publicKey !== undefined &&
          privateKey !== undefined && { existing: { privateKey, publicKey } }),
      },
      { parent: this },
    );
  }

  private receiver(
    name: string,
    args: KermitFleetArgs,
    keyName: string,
    { publicHalf }: SigningKeyPair,
  ): FleetReceiver | undefined {
    const { topology, workloads } = args;
    const [first] = topology.collectors;
    if (first === undefined) return undefined;
    const { inventoryQueue, logQueue } = topology.senders[0] ?? documentsQueues;
    return workloads.receiver(
      `${name}-receiver`,
      {
        ...this.login(first.user, args),
        keyName,
        inventoryQueue,
        logQueue,
        publicKey: publicHalf,
      },
      { parent: this },
    );
  }

  private sender(
    name: string,
    plan: SenderPlan,
    args: KermitFleetArgs,
    keyName: string,
    { privateHalf }: SigningKeyPair,
  ): readonly SenderOutput[] {
    const { topology, workloads } = args;
    const limits = topology.collectors
      .filter(({ queue }) => [plan.inventoryQueue, plan.logQueue].includes(queue))
      .map(({ maxBytes }) => maxBytes);
    return workloads.sender(
      `${name}-sender-${plan.name}`,
      {
        ...this.login(plan.user, args),
        keyName,
        plan,
        vhost: queueOf(topology, plan.inventoryQueue).vhost,
        privateKey: privateHalf,
        maxBytes: Math.min(16 * 1024 * 1024, ...limits),
      },
      { parent: this },
    );
  }

  private login(
    user: string,
    { broker, clients }: KermitFleetArgs,
  ): Pick<FleetReceiverArgs, "broker" | "user" | "password"> {
    const password = clients.get(user)?.password;
    if (password === undefined) {
      throw new pulumi.ResourceError(`no password for user ${user}; pass it in clients`, this);
    }
    return { broker, user, password };
  }
}
