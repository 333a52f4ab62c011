import { artemisRoles } from "../../access/artemis-security";
import type { AccessTopology } from "../../access/rights";
import { adminUser } from "../admin-user";
import { propertiesFile } from "../java/properties";
import type { ArtemisCredentials } from "./config";
import { artemisPasswordHash } from "./password-hash";

/** The login that `bootstrap.xml` and `login.config` speak of. */
export const loginName = "artemis";

/** The files that `login.config` names, which lie beside it. */
export const usersFile = "artemis-users.properties";
export const rolesFile = "artemis-roles.properties";

/**
 * `login.config`: users and roles come from two files, which are read again when they change. There is no guest.
 *
 * @see https://activemq.apache.org/components/artemis/documentation/2.44.0/security.html#propertiesloginmodule
 */
export function loginConfig(): string {
  return `${loginName} {
    org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule required
        reload=true
        org.apache.activemq.jaas.properties.user="${usersFile}"
        org.apache.activemq.jaas.properties.role="${rolesFile}";
};
`;
}

/**
 * `artemis-users.properties`: the administrator and every user, with hashes of their passwords.
 *
 * @throws if a user has no password.
 */
export function usersProperties(
  { users }: Pick<AccessTopology, "users">,
  credentials: ArtemisCredentials,
): string {
  const names = users.map(({ name }) => name).sort();
  const logins = names.map((user) => {
    const login = Object.hasOwn(credentials.users, user) ? credentials.users[user] : undefined;
    if (login === undefined) throw new Error(`mq:users.${user}: has no password; give it one`);
    return { user, ...login };
  });
  return propertiesFile(
    [{ user: adminUser, ...credentials.admin }, ...logins].map(({ user, password, salt }) => [
      user,
      artemisPasswordHash(password, `${user} ${salt}`),
    ]),
  );
}

/** `artemis-roles.properties`: roles with their users, which permissions are granted to. */
export function rolesProperties(topology: Pick<AccessTopology, "users" | "acl">): string {
  const roles = artemisRoles(topology, adminUser);
  return propertiesFile(roles.map(({ name, users }) => [name, users.join(",")]));
}
