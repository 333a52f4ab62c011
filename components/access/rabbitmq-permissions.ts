import type { Topology, User } from "../config/topology";
import { grantsByVhost, type VhostGrants } from "./grants";

/**
 * The three patterns of a RabbitMQ permission. The broker does not anchor them; these are anchored.
 *
 * @see https://www.rabbitmq.com/docs/access-control
 */
export interface Permission {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** The documents' permission (000, 003), which allows everything. */
export const everything: Permission = { configure: ".*", write: ".*", read: ".*" };

/** The default exchange, as RabbitMQ names it in permissions. */
const defaultExchange = "amq.default";

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

/**
 * Compiles a user's grants on the queues of one vhost to RabbitMQ patterns.
 *
 * Every queue has a direct exchange of its own name, so that `send` is a write permission on that name alone. Client
 * software that knows nothing of it (`kermit`: STOMP `/queue/x`) declares its queues and writes to the default exchange,
 * which reaches every queue of the vhost; give it a vhost of its own where that matters.
 */
export function rabbitMqPermission(grants: VhostGrants, client: User["client"]): Permission {
  const { send, receive, manage } = grants;
  const declared = client === "kermit" ? [...send, ...receive] : [];
  const written = client === "kermit" && send.length > 0 ? [defaultExchange] : send;
  return {
    configure: exactly([...declared, ...manage]),
    // To bind a queue takes write on the queue and read on the exchange; both carry the queue's name.
    write: exactly([...written, ...manage]),
    read: exactly([...receive, ...manage]),
  };
}

/**
 * A pattern that matches the given names and nothing else; `^$` for none. What the names have in common up to their last
 * dot is written once: `^kermit\.(inventory|log)$`.
 */
export function exactly(names: readonly string[]): string {
  const unique = [...new Set(names)].sort();
  const [first] = unique;
  if (first === undefined) return "^$";
  if (unique.length === 1) return `^${escape(first)}$`;
  const prefix = commonPrefix(unique);
  return `^${escape(prefix)}(${unique.map((name) => escape(name.slice(prefix.length))).join("|")})$`;
}

function commonPrefix(names: readonly string[]): string {
  let prefix = names[0] ?? "";
  while (!names.every((name) => name.startsWith(prefix))) prefix = prefix.slice(0, -1);
  return prefix.slice(0, prefix.lastIndexOf(".") + 1);
}

/** Erlang's `re` (PCRE) metacharacters; names hold no newline. */
function escape(name: string): string {
  return name.replace(/[\\^$.|?*+()[\]{}#-]/g, "\\$&");
}
