import { clientLogins } from "../../access/client-login";
import { ClientPasswords } from "../../access/client-passwords";
import { RabbitMqAccess } from "../../access/rabbitmq-access";
import { RabbitMqBroker } from "../../brokers/rabbitmq/rabbitmq-broker";
import { HostsWorkloads } from "../../collectors/hosts/hosts-workloads";
import type { Secrets } from "../../config/load";
import { hostOf, type HostsTopology } from "../../config/topology";
import type { Platform } from "../platform";

/** A stack on machines: the broker on its host, access through the management API, workloads as services. */
export function hostsPlatform(topology: HostsTopology, secrets: Secrets): Platform {
  const broker = new RabbitMqBroker("broker", {
    host: hostOf(topology, topology.broker.host),
    ports: topology.broker.ports,
  });
  const passwords = new ClientPasswords("passwords", {
    users: topology.users.map(({ name }) => name),
    own: secrets.passwords,
  });
  const access = new RabbitMqAccess("access", { broker, topology, passwords });
  return {
    broker,
    access,
    clients: clientLogins(topology, passwords),
    workloads: new HostsWorkloads(topology),
    certExpiry: {},
  };
}
