import { brokerNames } from "../../kubernetes/names";

/** Names of a RabbitMQ's objects. */
export const name = {
  ...brokerNames("rabbitmq"),
  cookie: "rabbitmq-erlang-cookie",
  adminDefinitions: "rabbitmq-admin-definitions",
  peerDiscovery: "rabbitmq-peer-discovery",
} as const;

/** Key of the administrator's definitions in their Secret, and their file's name. */
export const adminDefinitionsKey = "10-admin.json";

/** Key of the definitions in the Secret of that number, from 0, and their file's name. They are loaded by order of name. */
export function accessDefinitionsKey(shard: number): string {
  return `20-access-${String(shard).padStart(3, "0")}.json`;
}
