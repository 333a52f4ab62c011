import { groups, rightsOf, type AccessTopology, type Right } from "./rights";

/** What Artemis can permit on an address, as its files spell it. */
export type ArtemisPermission =
  | "send"
  | "consume"
  | "browse"
  | "createAddress"
  | "deleteAddress"
  | "createDurableQueue"
  | "deleteDurableQueue"
  | "createNonDurableQueue"
  | "deleteNonDurableQueue"
  | "manage";

/** Who may do what on the addresses that match; of several settings that match, the most specific alone counts. */
export interface SecuritySetting {
  /** An address, or `#` for any that no other setting is about. */
  readonly match: string;
  /** Roles by permission; nobody else has it. */
  readonly roles: Readonly<Partial<Record<ArtemisPermission, readonly string[]>>>;
}

/** A role and the users that have it. */
export interface ArtemisRole {
  readonly name: string;
  readonly users: readonly string[];
}

/** Where messages end up that cannot be delivered or have expired; the administrators' own. */
export const deadLetters = { undelivered: "DLQ", expired: "ExpiryQueue" } as const;

/** Addresses that Artemis makes for itself: notifications, management, a cluster's queues between nodes. */
export const brokersOwn: readonly string[] = ["$.artemis.internal.#", "activemq.#"];

/** The user that nodes of a cluster log in to each other as; it may do everything, in every Artemis. */
export const clusterUser = "mq-cluster";

const permissions: Readonly<Record<Right, readonly ArtemisPermission[]>> = {
  read: ["consume", "browse"],
  write: ["send"],
  admin: ["createAddress", "deleteAddress", "createDurableQueue", "deleteDurableQueue"],
};

/** All that clients do; `manage` is beside it, as whoever has it can do all the rest in the broker's name. */
const everything: readonly ArtemisPermission[] = [
  ...permissions.read,
  ...permissions.write,
  ...permissions.admin,
  "createNonDurableQueue",
  "deleteNonDurableQueue",
];

/**
 * The security settings of a stack, which give the address of each queue to those who have a grant on it, and any other to the
 * administrators. As the most specific match alone counts, administrators are part of each. Prefixes of a
 * destination (`/topic/`, `queue://`) and the queue of a fully qualified one (`address::queue`) change no right.
 *
 * With `acl: compat` all users may use every address, but not what the broker keeps for itself.
 *
 * @throws if a name means something else to the broker than it says.
 * @see https://activemq.apache.org/components/artemis/documentation/2.44.0/security.html
 */
export function artemisSecurity(topology: AccessTopology): SecuritySetting[] {
  const { queues, users, acl } = topology;
  const names = queues.map(({ name }) => checkedQueue(name)).sort();
  if (acl === "compat") {
    return [
      setting("#", (permission) => (permission === "manage" ? [] : [groups.everybody])),
      ...[...brokersOwn, ...Object.values(deadLetters)].map((match) => setting(match, () => [])),
    ];
  }
  const rights = users.map((user) => ({
    role: checkedUser(user.name),
    permitted: permittedOn(rightsOf(user, queues)),
  }));
  return [
    setting("#", () => []),
    ...names.map((queue) =>
      setting(queue, (permission) =>
        rights
          .filter(({ permitted }) => permitted(queue, permission))
          .map(({ role }) => role)
          .sort(),
      ),
    ),
  ];
}

/**
 * The roles of a stack: the administrators, each user's own by its name, and with `acl: compat` that of all users.
 *
 * @param administrator - name of the broker's own administrator.
 * @throws if a name cannot stand in a list of roles, or is one of ours.
 */
export function artemisRoles(
  { users, acl }: Pick<AccessTopology, "users" | "acl">,
  administrator: string,
): ArtemisRole[] {
  const reserved: readonly string[] = [administrator, clusterUser, groups.administrators];
  const names = users.map(({ name }) => checkedUser(name)).sort();
  for (const name of names) {
    if (reserved.includes(name)) {
      throw new Error(`mq:users.${name}: is the broker's own user or group; rename the user`);
    }
  }
  const admins = { name: groups.administrators, users: [administrator] };
  if (acl !== "compat") return [admins, ...names.map((name) => ({ name, users: [name] }))];
  return [admins, ...(names.length > 0 ? [{ name: groups.everybody, users: names }] : [])];
}

function setting(
  match: string,
  rolesOf: (permission: ArtemisPermission) => readonly string[],
): SecuritySetting {
  const entries = [...everything, "manage" as const].map(
    (permission) => [permission, [groups.administrators, ...rolesOf(permission)]] as const,
  );
  return { match, roles: Object.fromEntries(entries) };
}

function permittedOn(
  rights: ReturnType<typeof rightsOf>,
): (queue: string, permission: ArtemisPermission) => boolean {
  const all: readonly Right[] = ["read", "write", "admin"];
  return (queue, permission) =>
    all.some((right) => rights[right].has(queue) && permissions[right].includes(permission));
}

/**
 * A queue's name as it is, unless Artemis takes it for a wildcard, a fully qualified name, a system property, a regular
 * expression or an address of its own.
 */
function checkedQueue(name: string): string {
  if (/[#*\\^|?+()[\]{}\p{Cc}]|::|^\s|\s$|^$/u.test(name)) {
    throw new Error(
      `mq:queues.${name}: Artemis reads # * :: \\ ^ | ? + ( ) [ ] { } and spaces around a name as something else; rename the queue`,
    );
  }
  if (/^(activemq\.|\$)/.test(name) || Object.values<string>(deadLetters).includes(name)) {
    throw new Error(`mq:queues.${name}: is an address of Artemis' own; rename the queue`);
  }
  return name;
}

/** A user's name as it is, unless a list of roles cannot hold it or Artemis takes it for a system property. */
function checkedUser(name: string): string {
  if (/[,\p{Cc}]|\$\{|^\s|\s$|^$/u.test(name)) {
    throw new Error(
      `mq:users.${name}: Artemis reads , \${ and spaces around a name as something else; rename the user`,
    );
  }
  return name;
}
