import { createHmac } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { heapBytes, storeBytes } from "../../../config/jvm-memory";
import type { ActiveMqPlan } from "../../../config/topology";
import { adminUser } from "../../admin-user";
import { jmxExporterConfig } from "../../java/jmx-exporter";
import { exporterArgument, exporterFile } from "../../kubernetes/java/exporter";
import {
  JavaBroker,
  type JavaBrokerArgs,
  type JavaCredentials,
} from "../../kubernetes/java/java-broker";
import { brokerListeners, ports } from "../../kubernetes/java/listeners";
import { javaPaths } from "../../kubernetes/java/paths";
import type { JavaProcess } from "../../kubernetes/java/pod";
import { activeMqAddresses } from "../addresses";
import { activeMqCommand } from "../command";
import type { ActiveMqConfig } from "../config";
import { keyStorePassword } from "../encryption";
import { activeMqFiles } from "../files";
import { keyStores, keyStoresScript, unchangedScript } from "./key-stores";

/** Arguments of {@link KubernetesActiveMq}. */
export type KubernetesActiveMqArgs = JavaBrokerArgs<ActiveMqPlan>;

const path = javaPaths("activemq");

/** The image has no user of its own in every version; what is in it, everybody may read. */
const user = 1001;

/**
 * An ActiveMQ Classic on Kubernetes: one node.
 *
 * Works with ActiveMQ 5.18 and 6, of images that have the official one's paths, `openssl` and a Java of 17 or newer.
 */
export class KubernetesActiveMq extends JavaBroker<ActiveMqPlan> {
  constructor(name: string, args: KubernetesActiveMqArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      name,
      args,
      {
        token: "mq:index:ActiveMqBroker",
        addresses: activeMqAddresses,
        process: activeMqProcess(args.plan),
        files: (credentials) => files(args, credentials),
        peers: [],
        secureMetrics: true,
      },
      opts,
    );
  }
}

function activeMqProcess(plan: ActiveMqPlan): JavaProcess {
  const command = activeMqCommand({
    java: "java",
    home: "/opt/apache-activemq",
    etc: path.etc,
    data: path.data,
    heapBytes: heapBytes(plan),
    ...(plan.monitoring && { agent: exporterArgument(path.etc) }),
  });
  const running = { command, user, longestStop: 300 };
  if (!plan.tls) return running;
  return {
    ...running,
    // Not an init container: those are not run again where the container alone starts anew.
    command: ["sh", "-c", keyStoresScript, "key-stores", ...command],
    volumes: [
      {
        volume: { name: "key-stores", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
        mount: { name: "key-stores", mountPath: keyStores.folder },
      },
    ],
    check: { exec: { command: ["sh", "-c", listensScript(ports.tls.stomp.port)] } },
    // ActiveMQ reads its certificate once: with another one in the Secret, whoever put it there, it has to start anew.
    livenessProbe: {
      exec: { command: ["sh", "-c", unchangedScript] },
      periodSeconds: 30,
      timeoutSeconds: 20,
      failureThreshold: 3,
    },
  };
}

/**
 * Shell script that asks the kernel whether a port is listened on. A connection that ends before its handshake would be a
 * warning in the broker's log, every ten seconds.
 */
export function listensScript(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return `grep -qs ':${hex} 0*:0000 0A ' /proc/net/tcp /proc/net/tcp6`;
}

function files(
  { scope, plan, topology }: KubernetesActiveMqArgs,
  { admin, users }: JavaCredentials,
): Record<string, string> {
  const { tls } = plan;
  const config: ActiveMqConfig = {
    brokerName: `activemq-${scope.stack}`,
    data: path.data,
    heapBytes: heapBytes(plan),
    storeBytes: storeBytes(plan),
    queues: topology.queues,
    users: topology.users,
    acl: topology.acl,
    extraAuthorizationEntries: plan.extraAuthorizationEntries,
    listeners: brokerListeners(plan),
    ...(tls && {
      tls: {
        keyStore: keyStores.keyStore,
        trustStore: keyStores.trustStore,
        clientCertificates: tls.clientCertificates,
      },
    }),
  };
  const encryptionPassword = derived(admin.password);
  const keyStore = {
    keyStore: keyStores.keyStore,
    password: keyStorePassword(encryptionPassword),
    alias: keyStores.alias,
  };
  return {
    ...activeMqFiles(config, { admin: { user: adminUser, ...admin }, users, encryptionPassword }),
    ...(plan.monitoring && {
      [exporterFile]: jmxExporterConfig("activemq", tls && keyStore),
    }),
  };
}

/** What the broker's files are encrypted with; as hard to guess as the administrator's password, which it does not tell. */
function derived(adminPassword: string): string {
  return createHmac("sha256", adminPassword).update("mq activemq encryption").digest("base64url");
}
