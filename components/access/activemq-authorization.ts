import type { AuthorizationEntry } from "../config/topology";
import { groups, rightsOf, type AccessTopology, type Right } from "./rights";

const { administrators, everybody } = groups;

/** A group of users, which ActiveMQ Classic grants permissions to. */
export interface Group {
  readonly name: string;
  readonly users: readonly string[];
}

/**
 * The groups of a stack: the administrators, every user alone in one of its own name, and with `acl: compat` all users
 * together.
 *
 * @param administrator - name of the broker's own administrator.
 * @throws if a name cannot stand in a list of groups.
 */
export function activeMqGroups(
  { users, acl }: Pick<AccessTopology, "users" | "acl">,
  administrator: string,
): Group[] {
  const names = users.map(({ name }) => checkedUser(name));
  const own = names
    .filter((name) => acl !== "compat" || name !== everybody)
    .map((name) => ({ name, users: [name] }));
  return [
    { name: administrators, users: [administrator] },
    ...own,
    ...(acl === "compat" && names.length > 0 ? [{ name: everybody, users: names }] : []),
  ];
}

/**
 * All entries of a broker's authorization map. Of several that match a destination, each one's groups are let in; what no entry
 * matches is refused to everybody, hence those that open all queues and topics to the administrators. A client that names
 * several destinations at once is let in where the same entry stands for each of them, or an equal one.
 *
 * @param extra - entries of one's own, verbatim.
 * @param openWire - whether clients speak OpenWire, which cannot do without advisory topics.
 * @throws if a name means something else to the broker than it says.
 * @see https://activemq.apache.org/components/classic/documentation/security
 */
export function authorizationEntries(
  topology: AccessTopology,
  extra: readonly AuthorizationEntry[],
  openWire: boolean,
): AuthorizationEntry[] {
  return [
    ...(topology.acl === "compat" ? [] : [{ queue: ">", ...everyRight(administrators) }]),
    ...grantEntries(topology),
    { topic: ">", ...everyRight(administrators) },
    { topic: "ActiveMQ.Advisory.>", ...advisoryRights(topology, openWire) },
    ...extra,
  ];
}

/**
 * The entries that a stack's grants give, and no others: one for each queue that is granted to somebody; with
 * `acl: compat` the two of document 000.
 *
 * @throws if a name means something else to the broker than it says.
 */
export function grantEntries(topology: AccessTopology): AuthorizationEntry[] {
  const { queues, users, acl } = topology;
  if (acl === "compat") {
    return [administrators, everybody].map((group) => ({ queue: ">", ...everyRight(group) }));
  }
  const rights = users.map((user) => ({ name: checkedUser(user.name), ...rightsOf(user, queues) }));
  const having = (right: Right, queue: string): string[] =>
    rights.filter((each) => each[right].has(queue)).map(({ name }) => name);
  return queues
    .map(({ name }) => checkedQueue(name))
    .sort()
    .map((queue) => ({
      queue,
      read: having("read", queue),
      write: having("write", queue),
      admin: having("admin", queue),
    }))
    .filter(({ read, write, admin }) => read.length + write.length + admin.length > 0)
    .map(({ queue, read, write, admin }) => ({
      queue,
      read: list(read),
      write: list(write),
      admin: list(admin),
    }));
}

type Rights = Pick<AuthorizationEntry, Right>;

/**
 * An OpenWire client reads advisory topics, which the broker makes in the name of the client that gives rise to them. They tell
 * of every connection and every queue; without OpenWire nobody needs them.
 */
function advisoryRights({ users, acl }: AccessTopology, openWire: boolean): Rights {
  if (acl === "compat") return everyRight(list([everybody]));
  if (!openWire) return everyRight(administrators);
  const all = list(users.map(({ name }) => name));
  return { read: all, write: administrators, admin: all };
}

/** Administrators have every right by an entry of their own; named first, no list is empty. */
function list(groups: readonly string[]): string {
  return [administrators, ...[...groups].sort()].join(",");
}

function everyRight(groups: string): Rights {
  return { read: groups, write: groups, admin: groups };
}

/** A queue's name as it is, unless the broker takes it for a wildcard, several destinations or options. */
function checkedQueue(name: string): string {
  if (/[*>,?\p{Cc}]|^\s|\s$|^$/u.test(name)) {
    throw new Error(
      `mq:queues.${name}: ActiveMQ reads * > , ? and spaces around a name as something else; rename the queue`,
    );
  }
  return name;
}

/** A user's name as it is, unless a list of groups cannot hold it or it is a group of ours. */
function checkedUser(name: string): string {
  if (name === administrators) {
    throw new Error(`mq:users.${name}: is ActiveMQ's group of administrators; rename the user`);
  }
  if (/[*,()\p{Cc}]|^\s|\s$|^$/u.test(name)) {
    throw new Error(
      `mq:users.${name}: ActiveMQ reads * , ( ) and spaces around a name as something else; rename the user`,
    );
  }
  return name;
}
