import type * as pulumi from "@pulumi/pulumi";

/** Where a broker answers for one protocol. */
export interface Endpoint {
  /** `amqp`, `stomp`, `http`; with TLS `amqps`, `stomp+ssl`, `https`. */
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

/**
 * What every broker offers to what stands on it, wherever it runs. All of it but the credentials is known in a preview.
 */
export interface Broker {
  /** With TLS where the broker has it. */
  readonly endpoints: {
    readonly amqp: Endpoint;
    readonly stomp: Endpoint;
    readonly management: Endpoint;
  };
  readonly admin: { readonly user: string; readonly password: pulumi.Output<string> };
  /** Is there once the broker answers. */
  readonly ready: pulumi.Resource;
  /** Owns the broker's data: what lives in the broker is gone with it. */
  readonly data: pulumi.Resource;
}
