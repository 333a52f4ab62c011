import * as pulumi from "@pulumi/pulumi";
import { RabbitMqAccess } from "./components/access/rabbitmq-access";
import { RabbitMqBroker } from "./components/brokers/rabbitmq/rabbitmq-broker";
import { KermitFleet } from "./components/collectors/kermit-fleet";
import { loadTopology } from "./components/config/load";
import { hostOf } from "./components/config/topology";

const { topology, secrets } = loadTopology();

const broker = new RabbitMqBroker("broker", {
  host: hostOf(topology, topology.broker.host),
  ports: topology.broker.ports,
});
const access = new RabbitMqAccess("access", { broker, topology, passwords: secrets.passwords });
const fleet = new KermitFleet(
  "kermit",
  { topology, broker, clients: access.clients, privateKey: secrets.privateKey },
  { dependsOn: access },
);

/** Where the broker answers: scheme, host and port by protocol. */
export const endpoints = broker.endpoints;
/** The folder that holds one folder for each collected queue. */
export const collectedDir = fleet.collectedDir;
/** The collectors: queue, folder, service and command of each. */
export const collectors = fleet.collectors;
/** The senders: host, command and operating system user of each. */
export const senders = fleet.senders;
/** What clients log in with, by user. */
export const clients = pulumi.secret(Object.fromEntries(access.clients));
