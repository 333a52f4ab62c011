import { activeMqGroups } from "../../access/activemq-authorization";
import type { ActiveMqConfig, ActiveMqCredentials } from "./config";
import { encrypted, encryptionAlgorithm } from "./encryption";
import { propertiesFile } from "../java/properties";

/** The login that `activemq.xml` and `login.config` speak of. */
export const loginName = "activemq";

/** The files that `login.config` names, which lie beside it. */
export const usersFile = "users.properties";
export const groupsFile = "groups.properties";

/**
 * `login.config`: users and groups come from two files, in which passwords are encrypted.
 *
 * @see https://activemq.apache.org/components/classic/documentation/security
 */
export function loginConfig(): string {
  return `${loginName} {
    org.apache.activemq.jaas.PropertiesLoginModule required
        org.apache.activemq.jaas.properties.user="${usersFile}"
        org.apache.activemq.jaas.properties.group="${groupsFile}"
        decrypt=true
        algorithm="${encryptionAlgorithm}";
};
`;
}

/**
 * `users.properties`: the administrator and every user, with their encrypted passwords.
 *
 * @throws if a user has no password.
 */
export function usersProperties(
  { users }: Pick<ActiveMqConfig, "users">,
  credentials: ActiveMqCredentials,
): string {
  const { admin, encryptionPassword } = credentials;
  const logins = users.map(({ name }) => {
    const login = Object.hasOwn(credentials.users, name) ? credentials.users[name] : undefined;
    if (login === undefined) throw new Error(`mq:users.${name}: has no password; give it one`);
    return { user: name, ...login };
  });
  return propertiesFile(
    [admin, ...logins].map(({ user, password, salt }) => [
      user,
      encrypted(password, salt, encryptionPassword),
    ]),
  );
}

/** `groups.properties`: groups with their users, which permissions are granted to. */
export function groupsProperties(
  topology: Pick<ActiveMqConfig, "users" | "acl">,
  administrator: string,
): string {
  const groups = activeMqGroups(topology, administrator);
  return propertiesFile(groups.map(({ name, users }) => [name, users.join(",")]));
}
