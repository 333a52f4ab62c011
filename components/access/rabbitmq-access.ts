import * as pulumi from "@pulumi/pulumi";
import * as rabbitmq from "@pulumi/rabbitmq";
import * as random from "@pulumi/random";
import type { Broker } from "../brokers/broker";
import type { Queue, Topology, User } from "../config/topology";
import { grantsByVhost } from "./grants";
import { everything, rabbitMqPermission, type Permission } from "./rabbitmq-permissions";

/** Arguments of {@link RabbitMqAccess}. */
export interface RabbitMqAccessArgs {
  readonly broker: Broker;
  readonly topology: Pick<Topology, "vhosts" | "queues" | "users" | "acl">;
  /** Passwords of one's own, by user; the others are generated: 40 letters and digits. */
  readonly passwords: ReadonlyMap<string, pulumi.Output<string>>;
}

/** What a client logs in with. */
export interface ClientLogin {
  readonly user: string;
  /** A Pulumi secret. */
  readonly password: pulumi.Output<string>;
  /** The vhosts that it may enter. */
  readonly vhosts: readonly string[];
}

/**
 * Vhosts, queues, users and permissions on a RabbitMQ broker, through its management API. Each waits for the broker; what
 * leaves the topology leaves the broker. A queue has a direct exchange of its name, which senders publish to.
 */
export class RabbitMqAccess extends pulumi.ComponentResource {
  /** What a client logs in with, by user; each password a Pulumi secret. */
  readonly clients: ReadonlyMap<string, ClientLogin>;

  constructor(name: string, args: RabbitMqAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:RabbitMqAccess", name, {}, opts);
    const { broker, topology } = args;
    const { host, port, scheme } = broker.endpoints.management;
    const provider = new rabbitmq.Provider(
      name,
      {
        endpoint: `${scheme}://${host}:${String(port)}`,
        username: broker.admin.user,
        password: pulumi.secret(broker.admin.password),
      },
      { parent: this },
    );
    /** Options of all that lives in the broker: gone and made again with what it stands on. */
    const on = (...owners: pulumi.Resource[]): pulumi.CustomResourceOptions => ({
      parent: this,
      provider,
      dependsOn: [broker.ready, ...owners],
      deletedWith: broker.data,
      replaceWith: [broker.data, ...owners],
      // The broker refuses a second object of the same name.
      deleteBeforeReplace: true,
    });

    const vhosts = new Map(
      topology.vhosts
        .filter((vhost) => vhost !== "/")
        .map((vhost) => [
          vhost,
          new rabbitmq.VHost(`${name}-vhost-${vhost}`, { name: vhost }, on()),
        ]),
    );
    const inVhost = (vhost: string): pulumi.Resource[] => {
      const resource = vhosts.get(vhost);
      return resource ? [resource] : [];
    };

    for (const queue of topology.queues) {
      createQueue(name, queue, (...owners) => on(...inVhost(queue.vhost), ...owners));
    }

    const clients = new Map<string, ClientLogin>();
    for (const user of topology.users) {
      const password = pulumi.secret(
        args.passwords.get(user.name) ??
          new random.RandomPassword(
            `${name}-password-${user.name}`,
            { length: 40, special: false },
            { parent: this },
          ).result,
      );
      const permissions = permissionsOf(user, topology);
      clients.set(user.name, {
        user: user.name,
        password,
        vhosts: permissions.map(({ vhost }) => vhost),
      });
      const account = new rabbitmq.User(
        `${name}-user-${user.name}`,
        { name: user.name, password, tags: [] },
        on(),
      );
      for (const { vhost, permission } of permissions) {
        new rabbitmq.Permissions(
          `${name}-permissions-${user.name}@${vhost}`,
          { user: user.name, vhost, permissions: permission },
          on(account, ...inVhost(vhost)),
        );
      }
    }
    this.clients = clients;
    this.registerOutputs({});
  }
}

/** A user's permission in each vhost that it may enter. */
export function permissionsOf(
  user: User,
  topology: Pick<Topology, "vhosts" | "queues" | "acl">,
): { vhost: string; permission: Permission }[] {
  return topology.acl === "compat"
    ? topology.vhosts.map((vhost) => ({ vhost, permission: everything }))
    : grantsByVhost(user, topology.queues).map((grants) => ({
        vhost: grants.vhost,
        permission: rabbitMqPermission(grants, user.client),
      }));
}

/** A durable queue, and the direct exchange of its name that routes to it. */
function createQueue(
  name: string,
  queue: Queue,
  on: (...owners: pulumi.Resource[]) => pulumi.CustomResourceOptions,
): void {
  const { vhost } = queue;
  const declared = new rabbitmq.Queue(
    `${name}-queue-${queue.name}`,
    {
      name: queue.name,
      vhost,
      settings: {
        durable: true,
        autoDelete: false,
        // A classic queue has no arguments: what a STOMP client declares for /queue/x is the same then.
        ...(queue.type === "quorum" && {
          argumentsJson: JSON.stringify({ "x-queue-type": "quorum" }),
        }),
      },
    },
    on(),
  );
  const exchange = new rabbitmq.Exchange(
    `${name}-exchange-${queue.name}`,
    { name: queue.name, vhost, settings: { type: "direct", durable: true, autoDelete: false } },
    on(),
  );
  new rabbitmq.Binding(
    `${name}-binding-${queue.name}`,
    {
      source: queue.name,
      vhost,
      destination: queue.name,
      destinationType: "queue",
      routingKey: queue.name,
    },
    on(declared, exchange),
  );
}
