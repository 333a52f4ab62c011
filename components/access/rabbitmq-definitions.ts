import { defaultQueueType, type Queue, type Topology } from "../config/topology";
import { permissionsOf, type Permission } from "./rabbitmq-permissions";

/** What is rendered; the order is that in which the broker can take it. */
export const definitionKinds = [
  "vhosts",
  "users",
  "permissions",
  "queues",
  "exchanges",
  "bindings",
] as const;

/**
 * Vhosts, users, permissions and queues as RabbitMQ exports and imports them, from 3.10 to 4.x.
 *
 * @see https://www.rabbitmq.com/docs/definitions
 */
export interface RabbitMqDefinitionsFile {
  readonly vhosts: readonly VhostDefinition[];
  readonly users: readonly UserDefinition[];
  readonly permissions: readonly PermissionDefinition[];
  readonly queues: readonly QueueDefinition[];
  readonly exchanges: readonly ExchangeDefinition[];
  readonly bindings: readonly BindingDefinition[];
}

interface VhostDefinition {
  readonly name: string;
  /** 3.11 reads it here, others in the metadata; 3.10 takes it for a new vhost only. */
  readonly default_queue_type: Queue["type"];
  readonly metadata: { readonly default_queue_type: Queue["type"] };
}

interface UserDefinition {
  readonly name: string;
  readonly password_hash: string;
  readonly hashing_algorithm: "rabbit_password_hashing_sha256";
  readonly tags: readonly [];
}

interface PermissionDefinition extends Permission {
  readonly user: string;
  readonly vhost: string;
}

interface Durable {
  readonly name: string;
  readonly vhost: string;
  readonly durable: true;
  readonly auto_delete: false;
}

interface QueueDefinition extends Durable {
  readonly arguments: { readonly "x-queue-type"?: "quorum" };
}

interface ExchangeDefinition extends Durable {
  readonly type: "direct";
  readonly internal: false;
  readonly arguments: Readonly<Record<string, never>>;
}

interface BindingDefinition {
  readonly source: string;
  readonly vhost: string;
  readonly destination: string;
  readonly destination_type: "queue";
  readonly routing_key: string;
  readonly arguments: Readonly<Record<string, never>>;
}

/**
 * What a topology says of access, in an order that does not depend on that of the topology. Each queue has a direct
 * exchange of its name, which senders publish to.
 *
 * @param hashOf - a user's password as RabbitMQ stores it.
 */
export function rabbitMqDefinitions(
  topology: Pick<Topology, "vhosts" | "queues" | "users" | "acl">,
  hashOf: (user: string) => string,
): RabbitMqDefinitionsFile {
  const users = byName(topology.users);
  const queues = byName(topology.queues);
  const durable = ({ name, vhost }: Queue): Durable => ({
    name,
    vhost,
    durable: true,
    auto_delete: false,
  });
  return {
    vhosts: [...topology.vhosts].sort().map((name) => {
      const type = defaultQueueType(topology, name);
      return { name, default_queue_type: type, metadata: { default_queue_type: type } };
    }),
    users: users.map(({ name }) => ({
      name,
      password_hash: hashOf(name),
      hashing_algorithm: "rabbit_password_hashing_sha256",
      tags: [],
    })),
    permissions: users.flatMap((user) =>
      permissionsOf(user, topology).map(({ vhost, permission }) => ({
        user: user.name,
        vhost,
        ...permission,
      })),
    ),
    queues: queues.map((queue) => ({
      ...durable(queue),
      // A classic queue has no arguments: what a STOMP client declares for /queue/x is the same then.
      arguments: queue.type === "quorum" ? { "x-queue-type": "quorum" } : {},
    })),
    exchanges: queues.map((queue) => ({
      ...durable(queue),
      type: "direct",
      internal: false,
      arguments: {},
    })),
    bindings: queues.map(({ name, vhost }) => ({
      source: name,
      vhost,
      destination: name,
      destination_type: "queue",
      routing_key: name,
      arguments: {},
    })),
  };
}

/** What one shard may hold. */
export interface ShardLimit {
  /** Of any kind. */
  readonly objects: number;
  /** Of JSON. */
  readonly bytes: number;
}

/** A Secret holds a MiB: 2,500 users, each with a permission and a queue, and no more than 900 KiB. */
export const secretLimit: ShardLimit = { objects: 3 * 2_500, bytes: 900 * 1024 };

/**
 * Definitions as JSON texts, to be imported in their order; at least one. All that an object needs is in the same shard or
 * in one before it.
 */
export function shards(definitions: RabbitMqDefinitionsFile, limit = secretLimit): string[] {
  const shards: Shard[] = [new Shard()];
  for (const kind of definitionKinds) {
    for (const definition of definitions[kind]) {
      const text = JSON.stringify(definition);
      if (shards.at(-1)?.add(kind, text, limit) === true) continue;
      const next = new Shard();
      next.add(kind, text, limit);
      shards.push(next);
    }
  }
  return shards.map((shard) => shard.text());
}

/** A shard while it is filled. */
class Shard {
  private readonly parts = new Map<string, string[]>(definitionKinds.map((kind) => [kind, []]));
  private objects = 0;
  private bytes = Buffer.byteLength(this.text());

  /** Takes an object in, if there is room for it; an empty shard takes any. */
  add(kind: string, text: string, limit: ShardLimit): boolean {
    // With the comma before it.
    const bytes = this.bytes + Buffer.byteLength(text) + 1;
    const full = this.objects === limit.objects || bytes > limit.bytes;
    if (full && this.objects > 0) return false;
    this.parts.get(kind)?.push(text);
    this.objects += 1;
    this.bytes = bytes;
    return true;
  }

  text(): string {
    const parts = [...this.parts].map(([kind, texts]) => `"${kind}":[${texts.join(",")}]`);
    return `{${parts.join(",")}}`;
  }
}

function byName<T extends { readonly name: string }>(things: readonly T[]): T[] {
  return [...things].sort((a, b) => (a.name < b.name ? -1 : 1));
}
