import type { BrokerConnection } from "./config";

/**
 * What the collector and the sender need of a broker's protocol: one connection, a subscription
 * with cumulative acknowledgement, a send that the broker confirms. Each protocol is an
 * implementation of {@link Connect}.
 */

/** Application properties of a message by name. Values are text in every protocol that is used. */
export type Headers = ReadonlyMap<string, string>;

/** Where the body of a message goes that is too large to be held in memory. */
export interface Spool {
  /**
   * Takes the next bytes of the body. The chunk may be kept until the promise resolves, and no
   * further chunk comes before that: this is what slows the broker down while a disk is slow.
   */
  write(chunk: Buffer): Promise<void>;
  /** The body is complete. */
  end(): Promise<void>;
  /** The message will not come to its end, or nobody will take it: gives back what it holds. */
  discard(): void;
}

/** One message as the broker delivered it. */
export interface Delivery<S extends Spool = Spool> {
  readonly headers: Headers;
  /** Headers were dropped because together they are larger than a message's headers may be. */
  readonly headersCut: boolean;
  /** The bytes, or the spool that took them when there are more than `maxBytes`. */
  readonly body: Buffer | S;
  /** Names the delivery to {@link Session.acknowledge}; means nothing outside its session. */
  readonly tag: string;
}

/** A subscription to one source. */
export interface SubscribeOptions<S extends Spool = Spool> {
  /** As the protocol writes it, e.g. `/amq/queue/kermit.log`. */
  readonly source: string;
  /** How many messages the broker may send ahead of their acknowledgement. */
  readonly prefetch: number;
  /** Bodies of more bytes than this are handed to a spool of `spool()`, never held in memory. */
  readonly maxBytes: number;
  spool(): S;
  /** Is called for every message, in the broker's order. Must not throw. */
  onDelivery(delivery: Delivery<S>): void;
}

/** A connection on which the broker has accepted the user. It ends once, and never comes back. */
export interface Session {
  /** Resolves when the connection is over: with the reason, or with nothing after `close()`. */
  readonly closed: Promise<Error | undefined>;
  /** When the broker's certificate ends, in milliseconds since 1970; undefined without TLS. */
  readonly certificateExpiry: number | undefined;
  /** Resolves when the broker has confirmed the subscription; one a session. */
  subscribe<S extends Spool>(options: SubscribeOptions<S>): Promise<void>;
  /** Acknowledges the delivery and all that came before it. Does nothing once the session is over. */
  acknowledge(tag: string): void;
  /** Resolves when the broker has confirmed that it has the message. */
  send(destination: string, headers: Headers, body: Buffer): Promise<void>;
  /** Stops reading from the broker until `resume()`; the session stays alive. */
  pause(): void;
  resume(): void;
  /** Ends the session in order: what was acknowledged before has reached the broker. */
  close(): Promise<void>;
}

/** How to reach the broker. */
export interface ConnectOptions {
  readonly broker: BrokerConnection;
  readonly password: string;
  /** Limit for connecting and for each answer that the broker owes, in milliseconds. */
  readonly timeoutMs: number;
  /** Signs of life in both directions, in milliseconds; 0 for none. */
  readonly heartbeatMs: number;
}

/** Opens a session. Rejects with a message for the operator; it never holds the password. */
export type Connect = (options: ConnectOptions) => Promise<Session>;
