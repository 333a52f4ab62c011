import * as pulumi from "@pulumi/pulumi";
import type { Broker } from "../brokers/broker";
import type { Secrets } from "../config/load";
import { hostOf, queueOf, type Host, type SenderPlan, type Topology } from "../config/topology";
import { SigningKeyPair } from "../keys/signing-key-pair";
import { hostPath } from "../platforms/hosts/host-path";
import type { KermitFilesArgs } from "./kermit-files";
import { Receiver } from "./receiver";
import { Sender } from "./sender";

/** Arguments of {@link KermitFleet}. */
export interface KermitFleetArgs {
  readonly topology: Topology;
  readonly broker: Broker;
  /** Broker passwords by user. */
  readonly clients: ReadonlyMap<string, { readonly password: pulumi.Output<string> }>;
  /** An own private key, where the topology has an own public one. */
  readonly privateKey: Secrets["privateKey"];
}

/** How a collector is watched, and run by hand in place of its service. */
export interface CollectorOutput {
  readonly queue: string;
  readonly directory: string;
  readonly service: string;
  /** Where the service keeps its state and log, when systemd does not run it. */
  readonly stateDirectory: string;
  readonly command: readonly string[];
  /** The operating system's user that it runs as, where `up` acted as root. */
  readonly user?: string;
}

/** How a file is sent. */
export interface SenderOutput {
  readonly host: string;
  readonly command: string;
  /** The operating system's user to run it as, where `up` acted as root. */
  readonly user?: string;
}

/** The queue names of `kermit.cfg` where no sender says otherwise (document 000). */
const documentsQueues = { inventoryQueue: "kermit.inventory", logQueue: "kermit.log" };

/**
 * The collector fleet of document 000: the signing keys, the receiver with the public half, and the senders with the
 * private half.
 */
export class KermitFleet extends pulumi.ComponentResource {
  /** The folder that holds one folder for each queue; undefined without collectors. */
  readonly collectedDir: string | undefined;
  readonly collectors: Readonly<Record<string, CollectorOutput>> = {};
  readonly senders: Readonly<Record<string, readonly SenderOutput[]>> = {};

  constructor(name: string, args: KermitFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:KermitFleet", name, {}, opts);
    const { topology } = args;
    const { signing } = topology;
    if (signing !== undefined) {
      const keys = this.signingKeys(name, args);
      const receiver = this.receiver(name, args, signing.name, keys);
      if (receiver !== undefined) {
        this.collectedDir = receiver.directory;
        this.collectors = Object.fromEntries(
          Object.entries(receiver.collectors).map(([collector, of]) => [
            collector,
            {
              queue: of.queue,
              directory: of.directory,
              service: of.service,
              stateDirectory: of.stateDirectory,
              command: of.command,
              ...(of.user !== undefined && { user: of.user }),
            },
          ]),
        );
      }
      this.senders = Object.fromEntries(
        topology.senders.map((plan) => [
          plan.name,
          this.sendersOf(name, plan, args, signing.name, keys),
        ]),
      );
    }
    this.registerOutputs({ collectedDir: this.collectedDir });
  }

  private signingKeys(
    name: string,
    { topology: { signing }, privateKey }: KermitFleetArgs,
  ): SigningKeyPair {
    const publicKey = signing?.existingPublicKey;
    return new SigningKeyPair(
      `${name}-signing`,
      {
        fileName: signing?.name ?? "q",
        ...(signing && { bits: signing.bits }),
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
  ): Receiver | undefined {
    const { topology } = args;
    const [first] = topology.collectors;
    if (first === undefined) return undefined;
    const host = hostOf(topology, first.host);
    const { inventoryQueue, logQueue } = topology.senders[0] ?? documentsQueues;
    return new Receiver(
      `${name}-receiver`,
      {
        ...this.kermitArgs(args, host, "receiver", first.user, keyName),
        inventoryQueue,
        logQueue,
        collectors: topology.collectors,
        vhostOf: (queue) => queueOf(topology, queue).vhost,
        publicKey: publicHalf,
      },
      { parent: this },
    );
  }

  private sendersOf(
    name: string,
    plan: SenderPlan,
    args: KermitFleetArgs,
    keyName: string,
    { privateHalf }: SigningKeyPair,
  ): SenderOutput[] {
    const { topology } = args;
    const limits = topology.collectors
      .filter(({ queue }) => [plan.inventoryQueue, plan.logQueue].includes(queue))
      .map(({ maxBytes }) => maxBytes);
    return plan.hosts.map((hostName) => {
      const host = hostOf(topology, hostName);
      const sender = new Sender(
        `${name}-sender-${plan.name}-${hostName}`,
        {
          ...this.kermitArgs(args, host, "sender", plan.user, keyName),
          plan,
          vhost: queueOf(topology, plan.inventoryQueue).vhost,
          privateKey: privateHalf,
          maxBytes: Math.min(16 * 1024 * 1024, ...limits),
        },
        { parent: this },
      );
      return {
        host: hostName,
        command: sender.command,
        ...(sender.user !== undefined && { user: sender.user }),
      };
    });
  }

  private kermitArgs(
    { topology, broker, clients }: KermitFleetArgs,
    host: Host,
    role: "receiver" | "sender",
    user: string,
    keyName: string,
  ): Omit<KermitFilesArgs, "owner" | "key" | "inventoryQueue" | "logQueue"> {
    const password = clients.get(user)?.password;
    if (password === undefined) {
      throw new pulumi.ResourceError(`no password for user ${user}; pass it in clients`, this);
    }
    return {
      host,
      folder: kermitFolder(topology, host, role),
      stomp: broker.endpoints.stomp,
      user,
      password,
      keyName,
    };
  }
}

/** `/etc/kermit`, or a folder for each role where one machine has both: a password and a half of the keys in each. */
function kermitFolder(topology: Topology, host: Host, role: "receiver" | "sender"): string {
  const receives = topology.collectors.some((collector) => collector.host === host.name);
  const sends = topology.senders.some(({ hosts }) => hosts.includes(host.name));
  return hostPath(host, receives && sends ? `/etc/kermit/${role}` : "/etc/kermit");
}
