import type * as pulumi from "@pulumi/pulumi";
import type { ClientLogin } from "../access/client-login";
import type { Broker } from "../brokers/broker";
import type { FleetWorkloads } from "../collectors/fleet-workloads";

/** What a platform gives to what stands on a broker, which never asks where that runs. */
export interface Platform {
  readonly broker: Broker;
  /** Is there once users, queues and permissions are in the broker. */
  readonly access: pulumi.Resource;
  /** What clients log in with, by user. */
  readonly clients: ReadonlyMap<string, ClientLogin>;
  /** Where receivers and senders run. */
  readonly workloads: FleetWorkloads;
  /** When each certificate ends, by its name, RFC 3339; empty without TLS. */
  readonly certExpiry: Readonly<Record<string, pulumi.Output<string>>>;
  /** PEM of the CA that clients have to trust, where there is one and this program knows it. */
  readonly ca?: pulumi.Output<string>;
}
