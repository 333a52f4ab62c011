/** The values of a stack, typed, complete and consistent: the only input of the renderers and components. */
export interface Topology {
  /** Name of the stack, as in `Pulumi.<stack>.yaml`. */
  readonly stack: string;
  readonly hosts: Readonly<Record<string, Host>>;
  readonly broker: BrokerPlan;
  /** Virtual hosts in use, sorted; `/` always among them. */
  readonly vhosts: readonly string[];
  readonly queues: readonly Queue[];
  readonly users: readonly User[];
  /** `compat`: every user gets `.*`; see {@link User} for the grants that hold else. */
  readonly acl: "least-privilege" | "compat";
  readonly signing?: Signing;
  readonly collectors: readonly CollectorPlan[];
  readonly senders: readonly SenderPlan[];
}

/** A machine. */
export interface Host {
  readonly name: string;
  readonly connection: { readonly kind: "local" };
  /** Stands before every path on the host; `/` on a machine that is the stack's alone. */
  readonly root: string;
  /** Absolute path of Node.js on the host. */
  readonly node: string;
  /** Whether `up` acts there as root: with its own users for broker, collectors and senders. */
  readonly superuser: boolean;
}

/** A RabbitMQ broker on a host; everything listens on the loopback address. */
export interface BrokerPlan {
  readonly kind: "rabbitmq";
  readonly host: string;
  readonly ports: {
    readonly amqp: number;
    readonly stomp: number;
    readonly management: number;
    readonly distribution: number;
    readonly epmd: number;
  };
}

/** A durable queue. */
export interface Queue {
  readonly name: string;
  readonly vhost: string;
  readonly type: "classic" | "quorum";
}

/** A broker user and the queues that it may use. */
export interface User {
  readonly name: string;
  readonly send: readonly string[];
  readonly receive: readonly string[];
  readonly manage: readonly string[];
  /** `kermit`: its software declares queues and sends through the default exchange. */
  readonly client: "mq" | "kermit";
}

/** The signing key pair: generated with `bits`, or `existing`. */
export interface Signing {
  /** Base name of the files: `<name>-private.pem`, `<name>-public.pem`. */
  readonly name: string;
  readonly bits: number;
  /** PEM of an own public key; its private half is among the {@link PlainSecrets}. */
  readonly existingPublicKey?: string;
}

/** A collector of one queue on one host. */
export interface CollectorPlan {
  readonly name: string;
  readonly queue: string;
  readonly user: string;
  readonly host: string;
  readonly dedup: "perSender" | "compat" | "none";
  /** Largest accepted file, bytes. */
  readonly maxBytes: number;
  /** Loopback port of health and metrics. */
  readonly port: number;
}

/** A sender, installed on some hosts. */
export interface SenderPlan {
  readonly name: string;
  readonly user: string;
  readonly hosts: readonly string[];
  readonly inventoryQueue: string;
  readonly logQueue: string;
}

/** The secrets of a stack file, in clear: for checking and wrapping only, never to be kept. */
export interface PlainSecrets {
  readonly passwords: Readonly<Record<string, string>>;
  readonly privateKey?: string;
}

/** A host by name; the parser has made sure that it is there. */
export function hostOf({ hosts }: Pick<Topology, "hosts">, name: string): Host {
  const host = hosts[name];
  if (host === undefined) throw new Error(`mq:hosts.${name}: no such host; declare it there`);
  return host;
}

/** A queue by name; the parser has made sure that it is there. */
export function queueOf({ queues }: Pick<Topology, "queues">, name: string): Queue {
  const queue = queues.find((candidate) => candidate.name === name);
  if (queue === undefined) throw new Error(`mq:queues.${name}: no such queue; declare it there`);
  return queue;
}
