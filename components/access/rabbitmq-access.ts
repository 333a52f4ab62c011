import * as pulumi from "@pulumi/pulumi";
import * as rabbitmq from "@pulumi/rabbitmq";
import type { ManagedBroker } from "../brokers/broker";
import type { Queue, Topology } from "../config/topology";
import type { ClientPasswords } from "./client-passwords";
import { permissionsOf } from "./rabbitmq-permissions";

/** Arguments of {@link RabbitMqAccess}. */
export interface RabbitMqAccessArgs {
  readonly broker: ManagedBroker;
  readonly topology: Pick<Topology, "vhosts" | "queues" | "users" | "acl">;
  readonly passwords: ClientPasswords;
  /** URL of the management API as seen from where `up` runs. Default: the broker's own endpoint. */
  readonly endpoint?: string;
  /** Path, where `up` runs, of the PEM of the CA to trust. Default: the system's CAs. */
  readonly caFile?: string;
}

/**
 * Vhosts, queues, users and permissions on a RabbitMQ broker, through its management API. Each waits for the broker; what
 * leaves the topology leaves the broker. A queue has a direct exchange of its name, which senders publish to.
 */
export class RabbitMqAccess extends pulumi.ComponentResource {
  constructor(name: string, args: RabbitMqAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:RabbitMqAccess", name, {}, opts);
    const { broker, topology } = args;
    const { host, port, scheme } = broker.endpoints.management;
    const provider = new rabbitmq.Provider(
      name,
      {
        endpoint: args.endpoint ?? `${scheme}://${host}:${String(port)}`,
        username: broker.admin.user,
        password: pulumi.secret(broker.admin.password),
        ...(args.caFile !== undefined && { cacertFile: args.caFile }),
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

    for (const user of topology.users) {
      const account = new rabbitmq.User(
        `${name}-user-${user.name}`,
        { name: user.name, password: args.passwords.of(user.name), tags: [] },
        on(),
      );
      for (const { vhost, permission } of permissionsOf(user, topology)) {
        new rabbitmq.Permissions(
          `${name}-permissions-${user.name}@${vhost}`,
          { user: user.name, vhost, permissions: permission },
          on(account, ...inVhost(vhost)),
        );
      }
    }
    this.registerOutputs({});
  }
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
