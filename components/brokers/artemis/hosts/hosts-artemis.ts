import * as pulumi from "@pulumi/pulumi";
import type { ClientPasswords } from "../../../access/client-passwords";
import type { Host, HostsArtemisPlan, HostsTopology } from "../../../config/topology";
import { createAdministrator, type Administrator } from "../../administrator";
import type { Broker } from "../../broker";
import {
  createJavaBroker,
  javaRuntime,
  loopbackEndpoints,
  loopbackListeners,
} from "../../java/hosts-java-broker";
import { artemisAddresses } from "../addresses";
import { artemisCommand } from "../command";
import type { ArtemisConfig } from "../config";
import { artemisFileNames, artemisFiles } from "../files";

/** Arguments of {@link HostsArtemis}. */
export interface HostsArtemisArgs {
  /** The machine that it runs on. */
  readonly host: Host;
  readonly plan: HostsArtemisPlan;
  readonly topology: Pick<HostsTopology, "stack" | "queues" | "users" | "acl">;
  readonly passwords: ClientPasswords;
}

/** What it reads where no listener has TLS. */
const fileNames = artemisFileNames.filter((fileName) => fileName !== "tls.pemcfg");

/**
 * An Artemis on a host, on the loopback address: queues, users and permissions come with its files, passwords are hashed
 * there, and there is no web console. Its data stays when it is destroyed.
 *
 * Works with Artemis 2.40 and newer.
 */
export class HostsArtemis extends pulumi.ComponentResource implements Broker {
  readonly endpoints: Broker["endpoints"];
  readonly addresses = artemisAddresses;
  readonly admin: Administrator;
  readonly ready: pulumi.Resource;
  readonly data: pulumi.Resource;

  constructor(name: string, args: HostsArtemisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:HostsArtemis", name, { ports: args.plan.ports }, opts);
    const { host, plan, topology, passwords } = args;
    const { stack, queues, users, acl } = topology;
    const runtime = javaRuntime(host, plan);
    const config: ArtemisConfig = {
      queues,
      users,
      acl,
      listeners: loopbackListeners(plan),
      etc: runtime.etc,
      data: runtime.data,
      heapBytes: runtime.heapBytes,
    };
    const admin = createAdministrator(name, this);
    const files = pulumi
      .all([admin.password, admin.salt, passwords.all])
      .apply(([password, salt, logins]): Record<string, string> => {
        return artemisFiles(config, { admin: { password, salt }, users: logins });
      });
    const { ready, data } = createJavaBroker(name, this, {
      host,
      plan,
      description: "Artemis broker of mq",
      fileNames,
      files: pulumi.secret(files),
      command: artemisCommand({ ...runtime, name: `mq-${stack}` }),
    });
    this.endpoints = loopbackEndpoints(plan);
    this.admin = admin;
    this.ready = ready;
    this.data = data;
    this.registerOutputs({ endpoints: this.endpoints });
  }
}
