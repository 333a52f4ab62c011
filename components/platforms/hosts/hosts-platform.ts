import type * as pulumi from "@pulumi/pulumi";
import { clientLogins } from "../../access/client-login";
import { ClientPasswords } from "../../access/client-passwords";
import { RabbitMqAccess } from "../../access/rabbitmq-access";
import { activeMqAddresses } from "../../brokers/activemq/addresses";
import { ExistingActiveMqAuthorization } from "../../brokers/activemq/hosts/existing-authorization";
import { HostsActiveMq } from "../../brokers/activemq/hosts/hosts-activemq";
import { HostsArtemis } from "../../brokers/artemis/hosts/hosts-artemis";
import type { Broker } from "../../brokers/broker";
import { loopbackEndpoints } from "../../brokers/java/hosts-java-broker";
import { RabbitMqBroker } from "../../brokers/rabbitmq/rabbitmq-broker";
import { HostsWorkloads } from "../../collectors/hosts/hosts-workloads";
import type { Secrets } from "../../config/load";
import { hostOf, type HostsTopology } from "../../config/topology";
import type { Platform } from "../platform";

/** A stack on machines: the broker on its host, workloads as services. */
export function hostsPlatform(topology: HostsTopology, secrets: Secrets): Platform {
  const passwords = new ClientPasswords("passwords", {
    users: topology.users.map(({ name }) => name),
    own: secrets.passwords,
  });
  return {
    ...createBroker(topology, passwords),
    clients: clientLogins(topology, passwords),
    workloads: new HostsWorkloads(topology),
    certExpiry: {},
  };
}

/** RabbitMQ gets its users and queues through its management API; the others have them in their files. */
function createBroker(
  topology: HostsTopology,
  passwords: ClientPasswords,
): { broker: Broker; access: pulumi.Resource } {
  const plan = topology.broker;
  const host = hostOf(topology, plan.host);
  switch (plan.kind) {
    case "rabbitmq": {
      const broker = new RabbitMqBroker("broker", { host, ports: plan.ports });
      return { broker, access: new RabbitMqAccess("access", { broker, topology, passwords }) };
    }
    case "activemq": {
      const broker = new HostsActiveMq("broker", { host, plan, topology, passwords });
      return { broker, access: broker.ready };
    }
    case "existing-activemq": {
      const { config, restart } = plan;
      const args = { host, config, restart, topology };
      const { ready } = new ExistingActiveMqAuthorization("broker", args);
      const endpoints = loopbackEndpoints(plan);
      return {
        broker: { endpoints, addresses: activeMqAddresses, ready, data: ready },
        access: ready,
      };
    }
    case "artemis": {
      const broker = new HostsArtemis("broker", { host, plan, topology, passwords });
      return { broker, access: broker.ready };
    }
  }
}
