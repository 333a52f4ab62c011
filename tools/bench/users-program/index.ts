import * as pulumi from "@pulumi/pulumi";
import { clientLogins } from "../../../components/access/client-login";
import { ClientPasswords } from "../../../components/access/client-passwords";
import { RabbitMqDefinitions } from "../../../components/access/kubernetes/rabbitmq-definitions";
import { RabbitMqAccess } from "../../../components/access/rabbitmq-access";
import type { ClusterPlan, Topology } from "../../../components/config/topology";
import { clusterProvider } from "../../../components/platforms/kubernetes/kubernetes-platform";
import { StackNamespace } from "../../../components/platforms/kubernetes/stack-namespace";

/** What the benchmark says in the stack file. */
const config = new pulumi.Config("bench");

/** Users with a queue each, which they may send to and receive from. */
const names = Array.from(
  { length: config.requireNumber("users") },
  (_, n) => `client-${String(n).padStart(4, "0")}`,
);
const topology: Pick<Topology, "vhosts" | "queues" | "users" | "acl"> = {
  vhosts: ["/"],
  queues: names.map((name) => ({ name, vhost: "/", type: "classic" })),
  users: names.map((name) => ({ name, send: [name], receive: [name], manage: [], client: "mq" })),
  acl: "least-privilege",
};
const passwords = new ClientPasswords("passwords", { users: names, own: new Map() });
if (config.require("via") === "definitions") definitions();
else management();

/** As definitions in Secrets of a namespace. */
function definitions(): void {
  const stack = pulumi.getStack();
  const cluster: ClusterPlan = {
    context: config.require("context"),
    namespace: config.require("namespace"),
    createNamespace: true,
    protect: false,
    allow: [],
  };
  const on = { providers: [clusterProvider("kubernetes", cluster)] };
  const { name: namespace } = new StackNamespace("namespace", { stack, cluster }, on);
  const scope = { stack, cluster, namespace };
  new RabbitMqDefinitions("definitions", { scope, topology, passwords }, on);
}

/** As a resource each, in a broker that answers on this machine. */
function management(): void {
  const broker = new pulumi.ComponentResource("mq:bench:Broker", "broker");
  const endpoint = { scheme: "http", host: "127.0.0.1", port: config.requireNumber("port") };
  new RabbitMqAccess("access", {
    broker: {
      endpoints: { management: endpoint },
      admin: { user: config.require("admin"), password: config.requireSecret("password") },
      ready: broker,
      data: broker,
    },
    topology,
    passwords,
  });
}

/** What clients log in with, by user. */
export const clients = pulumi.secret(Object.fromEntries(clientLogins(topology, passwords)));
