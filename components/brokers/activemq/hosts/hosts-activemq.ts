import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ClientPasswords } from "../../../access/client-passwords";
import type { Host, HostsActiveMqPlan, HostsTopology } from "../../../config/topology";
import { createAdministrator, type Administrator } from "../../administrator";
import type { Broker } from "../../broker";
import {
  createJavaBroker,
  javaRuntime,
  loopbackEndpoints,
  loopbackListeners,
} from "../../java/hosts-java-broker";
import { activeMqAddresses } from "../addresses";
import { activeMqCommand, encryptionPasswordFile } from "../command";
import type { ActiveMqConfig } from "../config";
import { activeMqFiles } from "../files";
import { groupsFile, usersFile } from "../jaas";

/** Arguments of {@link HostsActiveMq}. */
export interface HostsActiveMqArgs {
  /** The machine that it runs on. */
  readonly host: Host;
  readonly plan: HostsActiveMqPlan;
  readonly topology: Pick<HostsTopology, "stack" | "queues" | "users" | "acl">;
  readonly passwords: ClientPasswords;
}

/** What it reads where no listener has TLS. */
const fileNames = [
  "activemq.xml",
  "log4j2.properties",
  "login.config",
  usersFile,
  groupsFile,
  encryptionPasswordFile,
];

/**
 * An ActiveMQ Classic on a host, on the loopback address: queues, users and permissions come with its files, passwords are
 * encrypted there, and there is no web console. Its data stays when it is destroyed.
 *
 * Works with ActiveMQ 5.18 and 6.x.
 */
export class HostsActiveMq extends pulumi.ComponentResource implements Broker {
  readonly endpoints: Broker["endpoints"];
  readonly addresses = activeMqAddresses;
  readonly admin: Administrator;
  readonly ready: pulumi.Resource;
  readonly data: pulumi.Resource;

  constructor(name: string, args: HostsActiveMqArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:HostsActiveMq", name, { ports: args.plan.ports }, opts);
    const { host, plan, topology, passwords } = args;
    const { stack, queues, users, acl } = topology;
    const runtime = javaRuntime(host, plan);
    const config: ActiveMqConfig = {
      brokerName: `mq-${stack}`,
      data: runtime.data,
      heapBytes: runtime.heapBytes,
      queues,
      users,
      acl,
      extraAuthorizationEntries: plan.extraAuthorizationEntries,
      listeners: loopbackListeners(plan),
    };
    const admin = createAdministrator(name, this);
    const { result: encryptionPassword } = new random.RandomPassword(
      `${name}-encryption`,
      { length: 40, special: false },
      { parent: this },
    );
    const files = pulumi
      .all([admin.password, admin.salt, passwords.all, encryptionPassword])
      .apply(([password, salt, logins, encryption]) =>
        activeMqFiles(config, {
          admin: { user: admin.user, password, salt },
          users: logins,
          encryptionPassword: encryption,
        }),
      );
    const { ready, data } = createJavaBroker(name, this, {
      host,
      plan,
      description: "ActiveMQ Classic broker of mq",
      fileNames,
      files: pulumi.secret(files),
      command: activeMqCommand(runtime),
    });
    this.endpoints = loopbackEndpoints(plan);
    this.admin = admin;
    this.ready = ready;
    this.data = data;
    this.registerOutputs({ endpoints: this.endpoints });
  }
}
