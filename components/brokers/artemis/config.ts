import type { ClientPassword } from "../../access/client-passwords";
import type { Topology } from "../../config/topology";

/** What Artemis is asked to be: plain values, all that its files say beside passwords. Paths are absolute. */
export interface ArtemisConfig extends Pick<Topology, "queues" | "users" | "acl"> {
  readonly listeners: readonly ArtemisListener[];
  /** Needed where a listener or the cluster has TLS. */
  readonly tls?: ArtemisTls;
  /** The folder that holds the files, as the broker sees it. */
  readonly etc: string;
  /** The folder of journal, paging and large messages, as the broker sees it. */
  readonly data: string;
  /** Heap of the Java virtual machine, bytes. */
  readonly heapBytes: number;
  /** Undefined: one node. */
  readonly cluster?: ArtemisCluster;
}

/** A port for clients. */
export interface ArtemisListener {
  /** `openwire`: Artemis' own protocol too. */
  readonly protocol: "stomp" | "amqp" | "openwire";
  /** Address to bind: `0.0.0.0`, `127.0.0.1`. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Paths of PEM files, which the broker reads again when they change. */
export interface ArtemisTls {
  /** The certificate and its chain. */
  readonly certificate: string;
  /** The private key, PKCS #8 or PKCS #1. */
  readonly key: string;
  /** The CA that clients' and peers' certificates are checked with. */
  readonly ca: string;
  /** Whether clients must show a certificate. */
  readonly clientCertificates: boolean;
}

/** Nodes that know each other by name; every node has the same files. */
export interface ArtemisCluster {
  /** All of them, this one too: what the others call it. */
  readonly nodes: readonly ArtemisNode[];
  /** Of an acceptor for the nodes alone; the same on all. */
  readonly port: number;
  /** Address to bind. */
  readonly bind: string;
  /** Whether nodes speak TLS, with the certificate of {@link ArtemisTls}, which has to carry the nodes' names. */
  readonly tls: boolean;
}

/** A node of a cluster. */
export interface ArtemisNode {
  /** Of its connector: letters, digits and `-`. */
  readonly name: string;
  /** DNS name or address. */
  readonly host: string;
  /** Default: the cluster's port. */
  readonly port?: number;
}

/** Passwords, by user; the files hold hashes of them. */
export interface ArtemisCredentials {
  readonly admin: ClientPassword;
  readonly users: Readonly<Record<string, ClientPassword>>;
}
