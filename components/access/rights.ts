import type { Topology, User } from "../config/topology";
import { grantsByVhost } from "./grants";

/** What a broker is told about access. */
export type AccessTopology = Pick<Topology, "queues" | "users" | "acl">;

/** The group that may do everything, and the group of all users with `acl: compat` (document 000). */
export const groups = { administrators: "admins", everybody: "mcollective" } as const;

/** What ActiveMQ and Artemis let a user do with a queue: take out of it, put into it, or make and delete it. */
export type Right = "read" | "write" | "admin";

/**
 * The names of the queues on which a user has each right. To manage a queue is to have all three; software that declares the
 * queues it uses (`kermit`) may do so.
 */
export function rightsOf(
  user: User,
  queues: Topology["queues"],
): Readonly<Record<Right, ReadonlySet<string>>> {
  const grants = grantsByVhost(user, queues);
  const send = grants.flatMap((each) => each.send);
  const receive = grants.flatMap((each) => each.receive);
  const manage = grants.flatMap((each) => each.manage);
  const declared = user.client === "kermit" ? [...send, ...receive] : [];
  return {
    read: new Set([...receive, ...manage]),
    write: new Set([...send, ...manage]),
    admin: new Set([...declared, ...manage]),
  };
}
