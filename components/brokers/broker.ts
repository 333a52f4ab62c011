import type * as pulumi from "@pulumi/pulumi";
import type { WorkloadProtocol } from "../config/topology";
import type { Administrator } from "./administrator";

/** Where a broker answers for one protocol. */
export interface Endpoint {
  /** `amqp`, `stomp`, `http`; with TLS `amqps`, `stomp+ssl`, `https`. */
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

/** What a client calls a queue. */
export interface QueueAddresses {
  /** To take messages out of it. */
  readonly source: (queue: string) => string;
  /** To put messages into it. */
  readonly target: (queue: string) => string;
}

/**
 * What every broker offers to what stands on it, wherever it runs. All of it but the credentials is known in a preview.
 */
export interface Broker {
  /** With TLS where the broker has it. */
  readonly endpoints: {
    /** AMQP 1.0, and on RabbitMQ 0-9-1 too. */
    readonly amqp: Endpoint;
    readonly stomp: Endpoint;
    /** RabbitMQ's HTTP API. */
    readonly management?: Endpoint;
    /** ActiveMQ's own protocol. */
    readonly openwire?: Endpoint;
  };
  /** What clients call its queues, by protocol. */
  readonly addresses: Readonly<Record<WorkloadProtocol, QueueAddresses>>;
  /** Undefined where somebody else administers it. */
  readonly admin?: Pick<Administrator, "user" | "password">;
  /** Is there once the broker answers. */
  readonly ready: pulumi.Resource;
  /** Owns the broker's data: what lives in the broker is gone with it. */
  readonly data: pulumi.Resource;
}

/** What sets up users and queues through RabbitMQ's HTTP API needs of a broker. */
export interface ManagedBroker extends Required<Pick<Broker, "admin" | "ready" | "data">> {
  readonly endpoints: { readonly management: Endpoint };
}
