import type { AuthorizationEntry, Topology } from "../../config/topology";

/** What clients speak; OpenWire is ActiveMQ's own. */
export type ActiveMqProtocol = "stomp" | "amqp" | "openwire";

/** An address that a broker answers at. */
export interface ActiveMqListener {
  readonly protocol: ActiveMqProtocol;
  /** `0.0.0.0`: on every interface. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** The certificates of the listeners with TLS: PKCS12 files, both with the password {@link keyStorePassword}. */
export interface ActiveMqTls {
  /** Absolute path: certificate and private key. */
  readonly keyStore: string;
  /** Absolute path: the CA of clients' certificates. */
  readonly trustStore: string;
  /** Whether clients must show a certificate, beside their password. */
  readonly clientCertificates: boolean;
}

/** What the files of an ActiveMQ Classic are made of, beside the {@link ActiveMqCredentials}. */
export interface ActiveMqConfig extends Pick<Topology, "queues" | "users" | "acl"> {
  readonly brokerName: string;
  /** Absolute path of its data, as the broker sees it. */
  readonly data: string;
  /** Of the Java virtual machine; the largest message follows from it. */
  readonly heapBytes: number;
  /** Most that messages may take of the disk, bytes; senders wait then. Default: a tenth of the disk, also with others on it. */
  readonly storeBytes?: number;
  /** Entries of one's own beside those that the grants give, verbatim. */
  readonly extraAuthorizationEntries: readonly AuthorizationEntry[];
  readonly listeners: readonly ActiveMqListener[];
  /** Has to be there if one of the listeners has TLS. */
  readonly tls?: ActiveMqTls;
}

/** What a broker is told of a login. */
interface Login {
  readonly password: string;
  /** Base64 of random bytes, so that a second `up` encrypts to the same. */
  readonly salt: string;
}

/** The secrets of an ActiveMQ Classic, in clear: for rendering only. */
export interface ActiveMqCredentials {
  readonly admin: Login & { readonly user: string };
  /** By user. */
  readonly users: Readonly<Record<string, Login>>;
  /** What the passwords in `users.properties` are encrypted with: one line of printable ASCII. */
  readonly encryptionPassword: string;
}
