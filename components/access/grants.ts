import type { Queue, User } from "../config/topology";

/** What can be granted on a queue: put messages in, take them out, or declare, bind and delete it. */
export type Verb = "send" | "receive" | "manage";

/** The queues of one vhost on which a user has each grant, sorted. */
export interface VhostGrants {
  readonly vhost: string;
  readonly send: readonly string[];
  readonly receive: readonly string[];
  readonly manage: readonly string[];
}

/**
 * A user's grants by vhost: one entry for each vhost that holds a queue the user has a grant on, in the order of names.
 */
export function grantsByVhost(user: User, queues: readonly Queue[]): VhostGrants[] {
  const granted = (verb: Verb, vhost: string): string[] =>
    queues
      .filter((queue) => queue.vhost === vhost && user[verb].includes(queue.name))
      .map(({ name }) => name)
      .sort();
  return [...new Set(queues.map(({ vhost }) => vhost))]
    .sort()
    .map((vhost) => ({
      vhost,
      send: granted("send", vhost),
      receive: granted("receive", vhost),
      manage: granted("manage", vhost),
    }))
    .filter(({ send, receive, manage }) => send.length + receive.length + manage.length > 0);
}
