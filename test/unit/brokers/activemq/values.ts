import type {
  ActiveMqConfig,
  ActiveMqCredentials,
} from "../../../../components/brokers/activemq/config";
import type { User } from "../../../../components/config/topology";

/** A user with some grants. */
export function user(name: string, grants: Partial<User> = {}): User {
  return { name, send: [], receive: [], manage: [], client: "mq", ...grants };
}

/** What a broker with Kermit's users and queues is told. */
export function config(given: Partial<ActiveMqConfig> = {}): ActiveMqConfig {
  return {
    brokerName: "mq-local",
    data: "/var/lib/activemq",
    heapBytes: 512 * 1024 * 1024,
    acl: "least-privilege",
    queues: ["kermit.inventory", "kermit.log"].map((name) => ({
      name,
      vhost: "/",
      type: "classic",
    })),
    users: [
      user("sender", { send: ["kermit.inventory", "kermit.log"] }),
      user("receiver", { receive: ["kermit.inventory", "kermit.log"] }),
    ],
    extraAuthorizationEntries: [],
    listeners: [
      { protocol: "stomp", host: "127.0.0.1", port: 61613, tls: false },
      { protocol: "amqp", host: "127.0.0.1", port: 5672, tls: false },
    ],
    ...given,
  };
}

/** Certificates as a pod has them. */
export const tls = {
  keyStore: "/run/key-stores/key-store.p12",
  trustStore: "/run/key-stores/trust-store.p12",
  clientCertificates: true,
};

/** Passwords for the users of a configuration. */
export function credentials(
  { users }: Pick<ActiveMqConfig, "users"> = config(),
): ActiveMqCredentials {
  return {
    admin: { user: "mq-admin", password: "password-of-mq-admin", salt: "AAAAAA==" },
    users: Object.fromEntries(
      users.map(({ name }) => [name, { password: `password-of-${name}`, salt: "AQIDBA==" }]),
    ),
    encryptionPassword: "encrypts-the-others",
  };
}
