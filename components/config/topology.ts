/** The values of a stack, typed, complete and consistent: the only input of the renderers and components. */
export type Topology = HostsTopology | KubernetesTopology;

/** What a topology says on every platform. */
interface TopologyBase {
  /** Name of the stack, as in `Pulumi.<stack>.yaml`. */
  readonly stack: string;
  /** Virtual hosts in use, sorted; `/` always among them. */
  readonly vhosts: readonly string[];
  readonly queues: readonly Queue[];
  readonly users: readonly User[];
  /** `compat`: every user gets `.*`; see {@link User} for the grants that hold else. */
  readonly acl: "least-privilege" | "compat";
  readonly signing?: Signing;
}

/** A stack on machines. */
export interface HostsTopology extends TopologyBase {
  readonly platform: "hosts";
  readonly hosts: Readonly<Record<string, Host>>;
  readonly broker: HostsBrokerPlan;
  readonly collectors: readonly HostsCollectorPlan[];
  readonly senders: readonly HostsSenderPlan[];
}

/** A stack on a Kubernetes cluster, in a namespace of its own. */
export interface KubernetesTopology extends TopologyBase {
  readonly platform: "kubernetes";
  readonly cluster: ClusterPlan;
  readonly broker: KubernetesBrokerPlan;
  readonly access: AccessPlan;
  /** The image of collectors, senders and the access Job. */
  readonly workloads: ImagePlan;
  readonly collectors: readonly KubernetesCollectorPlan[];
  readonly senders: readonly KubernetesSenderPlan[];
}

/** A machine. */
export interface Host {
  readonly name: string;
  readonly connection: { readonly kind: "local" };
  /** Stands before every path on the host; `/` on a machine that is the stack's alone. */
  readonly root: string;
  /** Absolute path of Node.js on the host. */
  readonly node: string;
  /** Absolute path of Java, 17 or newer, on the host; undefined: the one of the distribution's package. */
  readonly java?: string;
  /** Whether `up` acts there as root: with its own users for broker, collectors and senders. */
  readonly superuser: boolean;
}

/** Where a stack goes on a cluster, and what must not happen to it there. */
export interface ClusterPlan {
  /** Context of the kubeconfig (`KUBECONFIG`). */
  readonly context: string;
  readonly namespace: string;
  /** False: somebody else makes the namespace, labels and policies with it. */
  readonly createNamespace: boolean;
  /** Whether what holds data or identity is protected against deletion. */
  readonly protect: boolean;
  /** Changes that lose data and are meant, as the refusal names them: `broker.replicas`. */
  readonly allow: readonly string[];
}

/** Broker software: RabbitMQ, ActiveMQ Classic, Artemis. */
export type BrokerKind = KubernetesBrokerPlan["kind"];

/** A broker on a host; everything listens on the loopback address. */
export type HostsBrokerPlan =
  HostsRabbitMqPlan | HostsActiveMqPlan | HostsArtemisPlan | HostsExistingActiveMqPlan;

/** A RabbitMQ node on a host, of the operating system's package. */
export interface HostsRabbitMqPlan {
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

/** A broker on a host that runs on Java, of an unpacked archive. */
interface HostsJavaBrokerPlan {
  readonly host: string;
  readonly ports: {
    readonly amqp: number;
    readonly stomp: number;
    /** OpenWire, and on Artemis its own protocol too; undefined: closed. */
    readonly openwire?: number;
  };
  readonly archive: ArchivePlan;
  /** Heap of the Java virtual machine, as Kubernetes writes quantities: `512Mi`. */
  readonly heap: string;
}

/** An ActiveMQ Classic on a host. */
export interface HostsActiveMqPlan extends HostsJavaBrokerPlan {
  readonly kind: "activemq";
  readonly extraAuthorizationEntries: readonly AuthorizationEntry[];
}

/** An Artemis on a host. */
export interface HostsArtemisPlan extends HostsJavaBrokerPlan {
  readonly kind: "artemis";
}

/** An ActiveMQ Classic on a host that somebody else runs: only our grants are added to its configuration. */
export interface HostsExistingActiveMqPlan {
  readonly kind: "existing-activemq";
  readonly host: string;
  readonly ports: { readonly amqp: number; readonly stomp: number };
  /** Path of its `activemq.xml`; the host's root does not stand before it. */
  readonly config: string;
  /** A service of systemd, or a program with its arguments that ends when the broker runs again. */
  readonly restart: string | readonly string[];
}

/** The archive that a broker's project publishes. */
export interface ArchivePlan {
  /** `5.18.3` */
  readonly version: string;
  /** Path of the `.tar.gz` on the machine that runs `up`. */
  readonly file: string;
}

/** An `authorizationEntry` of one's own, as ActiveMQ Classic has it: groups, separated by commas (document 000). */
export interface AuthorizationEntry {
  /** The destination: one of both; `>` stands for all that follows. */
  readonly queue?: string | undefined;
  readonly topic?: string | undefined;
  readonly read: string;
  readonly write: string;
  readonly admin: string;
}

/** A container image. */
export interface ImagePlan {
  /** With a tag, a digest or both. */
  readonly image: string;
  readonly pullPolicy: "Always" | "IfNotPresent" | "Never";
  /** Names of pull secrets in the namespace. */
  readonly pullSecrets: readonly string[];
}

/** Requests and limits of a container, as Kubernetes writes quantities. */
export interface ResourcesPlan {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
}

/** A persistent volume. */
export interface StoragePlan {
  /** As Kubernetes writes quantities: `10Gi`. */
  readonly size: string;
  /** Undefined: the cluster's default class. */
  readonly storageClass?: string;
}

/** A broker on Kubernetes, on its software's standard ports. */
export type KubernetesBrokerPlan = RabbitMqPlan | ActiveMqPlan | ArtemisPlan;

/** A RabbitMQ cluster. */
export interface RabbitMqPlan extends KubernetesBrokerBase {
  readonly kind: "rabbitmq";
  /** Beside management, Prometheus, STOMP and peer discovery. */
  readonly plugins: readonly string[];
  /** Further keys of `rabbitmq.conf`; they win over ours. */
  readonly conf: Readonly<Record<string, string>>;
}

/** An ActiveMQ Classic; it has one node. */
export interface ActiveMqPlan extends KubernetesBrokerBase {
  readonly kind: "activemq";
  /** Whether clients may speak OpenWire: who logs in there can delete every queue. */
  readonly openwire: boolean;
  readonly extraAuthorizationEntries: readonly AuthorizationEntry[];
}

/** An Artemis, or a cluster of them. */
export interface ArtemisPlan extends KubernetesBrokerBase {
  readonly kind: "artemis";
  /** Whether clients may speak OpenWire and Artemis' own protocol. */
  readonly openwire: boolean;
}

/** What every broker on Kubernetes has. */
export interface KubernetesBrokerBase extends ImagePlan {
  /** Major and minor version of the image. */
  readonly version: readonly [major: number, minor: number];
  readonly replicas: number;
  readonly resources: ResourcesPlan;
  readonly storage: StoragePlan;
  /** Whether two nodes may share a machine. */
  readonly antiAffinity: "required" | "preferred";
  /** Namespaces beside the stack's own whose pods may connect as clients. */
  readonly clientNamespaces: readonly string[];
  readonly tls?: TlsPlan;
  readonly monitoring?: {
    /** Namespace that Prometheus scrapes from. */
    readonly namespace: string;
    /** Whether to make a ServiceMonitor of the Prometheus operator. */
    readonly serviceMonitor: boolean;
  };
}

/** TLS of a broker on Kubernetes. Times in days. */
export interface TlsPlan {
  /** Whether clients must show a certificate (mTLS), beside their password. */
  readonly clientCertificates: boolean;
  /** Whether plain listeners stay open beside the TLS ones. */
  readonly plainListeners: boolean;
  /** DNS names beside those of the Services. */
  readonly names: readonly string[];
  readonly lifetimeDays: number;
  readonly renewBeforeDays: number;
  readonly caLifetimeDays: number;
  readonly caRenewBeforeDays: number;
  /** Where the certificates come from. */
  readonly source:
    | { readonly kind: "ca" }
    /** Own PEM; the private key is among the {@link PlainSecrets}. */
    | { readonly kind: "pem"; readonly certificate: string; readonly ca: string }
    /** Secrets that are there: `tls.crt`, `tls.key`, `ca.crt`. */
    | { readonly kind: "secret"; readonly server: string; readonly client?: string }
    /** cert-manager. */
    | {
        readonly kind: "issuer";
        readonly name: string;
        readonly issuerKind: "Issuer" | "ClusterIssuer";
      };
}

/** How users, queues and permissions get into a broker on Kubernetes. */
export type AccessPlan =
  /** Definitions in Secrets, loaded at boot and applied by a Job when they change. */
  | { readonly via: "definitions" }
  /** The management API, reached from where `up` runs. */
  | {
      readonly via: "management";
      readonly endpoint: string;
      /** Path of the CA's PEM on the machine that runs `up`. */
      readonly caFile?: string;
    };

/** A durable queue. */
export interface Queue {
  readonly name: string;
  /** `/` on a broker without virtual hosts. */
  readonly vhost: string;
  /** `classic` on a broker other than RabbitMQ. */
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

/** What collectors and senders speak: STOMP 1.2 or AMQP 1.0. */
export type WorkloadProtocol = "stomp" | "amqp";

/** A collector of one queue. */
export interface CollectorPlan {
  readonly name: string;
  readonly queue: string;
  readonly user: string;
  readonly protocol: WorkloadProtocol;
  readonly dedup: "perSender" | "compat" | "none";
  /** Largest accepted file, bytes. */
  readonly maxBytes: number;
  /** Port of health and metrics: of the loopback address on a host, of the pod on Kubernetes. */
  readonly port: number;
}

/** A collector on one host. */
export interface HostsCollectorPlan extends CollectorPlan {
  readonly host: string;
}

/** A collector in a pod, with a volume of its own. */
export interface KubernetesCollectorPlan extends CollectorPlan {
  readonly storage: StoragePlan;
  readonly resources: ResourcesPlan;
}

/** A sender: who it logs in as, and where it puts files. */
export interface SenderPlan {
  readonly name: string;
  readonly user: string;
  readonly protocol: WorkloadProtocol;
  readonly inventoryQueue: string;
  readonly logQueue: string;
}

/** A sender, installed on some hosts. */
export interface HostsSenderPlan extends SenderPlan {
  readonly hosts: readonly string[];
}

/** A sender on Kubernetes: a pod on every node, or a Secret for pods of one's own. */
export interface KubernetesSenderPlan extends SenderPlan {
  readonly as: "daemonset" | "secret";
  readonly nodeSelector: Readonly<Record<string, string>>;
}

/** The secrets of a stack file, in clear: for checking and wrapping only, never to be kept. */
export interface PlainSecrets {
  readonly passwords: Readonly<Record<string, string>>;
  /** PEM of an own signing key. */
  readonly privateKey?: string;
  /** PEM of an own key for the broker's certificate. */
  readonly tlsKey?: string;
}

/** A host by name; the parser has made sure that it is there. */
export function hostOf({ hosts }: Pick<HostsTopology, "hosts">, name: string): Host {
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

/** The type of a queue that is declared without one: quorum where all queues of the vhost are. */
export function defaultQueueType(
  { queues }: Pick<Topology, "queues">,
  vhost: string,
): "classic" | "quorum" {
  const types = queues.filter((queue) => queue.vhost === vhost).map(({ type }) => type);
  return types.length > 0 && types.every((type) => type === "quorum") ? "quorum" : "classic";
}

/** How clients in the cluster call the broker; its certificate has to carry this name. */
export function brokerHost(kind: BrokerKind, namespace: string): string {
  return `${kind}.${namespace}.svc`;
}
