import * as pulumi from "@pulumi/pulumi";
import { KermitFleet } from "./components/collectors/kermit-fleet";
import { loadTopology } from "./components/config/load";
import { hostsPlatform } from "./components/platforms/hosts/hosts-platform";
import { kubernetesPlatform } from "./components/platforms/kubernetes/kubernetes-platform";

const { topology, secrets } = loadTopology();

const platform =
  topology.platform === "hosts"
    ? hostsPlatform(topology, secrets)
    : kubernetesPlatform(topology, secrets);
const { broker, access, workloads } = platform;
const fleet = new KermitFleet(
  "kermit",
  { topology, broker, clients: platform.clients, privateKey: secrets.privateKey, workloads },
  { dependsOn: access },
);

/** Where the broker answers: scheme, host and port by protocol. */
export const endpoints = broker.endpoints;
/** The folder that holds one folder for each collected queue. */
export const collectedDir = fleet.collectedDir;
/** The collectors: queue, folder, and what they run as. */
export const collectors = fleet.collectors;
/** The senders: where they are, and what sends a file there. */
export const senders = fleet.senders;
/** What clients log in with, by user. */
export const clients = pulumi.secret(Object.fromEntries(platform.clients));
/** What clients need for TLS: `ca`, the PEM to trust, where the stack knows it. */
export const tls = { ca: platform.ca };
/** When each certificate ends, by its name. */
export const certExpiry = platform.certExpiry;
