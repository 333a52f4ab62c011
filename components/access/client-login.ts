import type * as pulumi from "@pulumi/pulumi";
import type { Topology } from "../config/topology";
import type { ClientPasswords } from "./client-passwords";
import { permissionsOf } from "./rabbitmq-permissions";

/** What a client logs in with. */
export interface ClientLogin {
  readonly user: string;
  /** A Pulumi secret. */
  readonly password: pulumi.Output<string>;
  /** The vhosts that it may enter. */
  readonly vhosts: readonly string[];
}

/** What the clients of a RabbitMQ broker log in with, by user. */
export function clientLogins(
  topology: Pick<Topology, "vhosts" | "queues" | "users" | "acl">,
  passwords: ClientPasswords,
): ReadonlyMap<string, ClientLogin> {
  return new Map(
    topology.users.map((user) => [
      user.name,
      {
        user: user.name,
        password: passwords.of(user.name),
        vhosts: permissionsOf(user, topology).map(({ vhost }) => vhost),
      },
    ]),
  );
}
