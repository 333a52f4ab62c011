import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Host, HostsRabbitMqPlan } from "../../config/topology";
import { hostPath } from "../../platforms/hosts/host-path";
import { HostDirectory, HostFile, HostPackage, HostService } from "../../platforms/hosts/resources";
import { serviceName, servicesFolder } from "../../platforms/hosts/service-name";
import { createAdministrator, type Administrator } from "../administrator";
import type { Broker, Endpoint, ManagedBroker } from "../broker";
import { addressesV1 } from "./addresses";
import { administratorDefinitions } from "./administrator";
import { advancedConfig, enabledPlugins, rabbitMqConf } from "./rabbitmq-conf";

/** Arguments of {@link RabbitMqBroker}. */
export interface RabbitMqBrokerArgs {
  /** The machine that it runs on. */
  readonly host: Host;
  /** Its TCP ports, all on the loopback address. */
  readonly ports: HostsRabbitMqPlan["ports"];
}

/** RabbitMQ 4 speaks AMQP 1.0 without its plugin, and takes its name. */
const plugins = ["rabbitmq_amqp1_0", "rabbitmq_management", "rabbitmq_stomp"];

/**
 * A RabbitMQ node on a host: the operating system's package, a private node with folders and ports of its own, management,
 * STOMP and AMQP 1.0 plugins, no user `guest`. Its data stays when it is destroyed.
 *
 * Works with RabbitMQ 3.10 and 4.x.
 */
export class RabbitMqBroker extends pulumi.ComponentResource implements Broker, ManagedBroker {
  readonly endpoints: Broker["endpoints"] & ManagedBroker["endpoints"];
  /** A package of any version. */
  readonly addresses = addressesV1;
  readonly admin: Administrator;
  readonly ready: pulumi.Resource;
  readonly data: pulumi.Resource;

  constructor(name: string, args: RabbitMqBrokerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:RabbitMqBroker", name, { ports: args.ports }, opts);
    const { host, ports } = args;
    const { connection } = host;
    const owner = host.superuser ? { owner: "rabbitmq", group: "rabbitmq" } : {};
    const user = host.superuser ? { user: "rabbitmq" } : {};
    const path = nodePaths(host);

    const admin = createAdministrator(name, this);
    const adminDefinitions = administratorDefinitions(admin);
    const software = new HostPackage(
      `${name}-package`,
      // The installer would start a node of its own, with the user guest, on every address.
      { connection, name: "rabbitmq-server", startServices: false },
      { parent: this },
    );
    const folder = (role: string, at: string, keep: boolean): HostDirectory =>
      new HostDirectory(
        `${name}-${role}`,
        { connection, path: at, ...owner, mode: "0750", keep },
        { parent: this, dependsOn: software },
      );
    const data = folder("data", path.data, true);
    const etc = folder("etc", path.etc, false);
    const log = folder("log", path.log, false);

    const conf = {
      "rabbitmq.conf": rabbitMqConf(ports, `${path.etc}/definitions.json`),
      "advanced.config": advancedConfig(),
      enabled_plugins: enabledPlugins(plugins),
    };
    const file = (fileName: string, content: pulumi.Input<string>, mode: string): HostFile =>
      new HostFile(
        `${name}-${fileName}`,
        { connection, path: `${path.etc}/${fileName}`, content, ...owner, mode },
        { parent: this, dependsOn: etc },
      );
    const files = [
      ...Object.entries(conf).map(([fileName, content]) => file(fileName, content, "0640")),
      file("definitions.json", adminDefinitions, "0600"),
    ];

    const environment = nodeEnvironment(path, ports);
    const service = { connection, ...user, environment, stateDirectory: path.services };
    const epmd = new HostService(
      `${name}-epmd`,
      {
        ...service,
        name: serviceName("epmd"),
        description: "Erlang port mapper of the mq broker",
        command: ["/usr/bin/epmd", "-port", String(ports.epmd), "-address", "127.0.0.1"],
        ports: { epmd: ports.epmd },
        ready: { tcp: { host: "127.0.0.1", port: ports.epmd } },
      },
      { parent: this, dependsOn: [software, data] },
    );
    const node = new HostService(
      name,
      {
        ...service,
        name: serviceName("rabbitmq"),
        description: "RabbitMQ broker of mq",
        command: ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
        workingDirectory: path.data,
        ports: {
          amqp: ports.amqp,
          stomp: ports.stomp,
          management: ports.management,
          distribution: ports.distribution,
        },
        ready: { http: `http://127.0.0.1:${String(ports.management)}/api/overview` },
        readyTimeoutSeconds: 120,
        stopTimeoutSeconds: 60,
        restartOn: adminDefinitions.apply((definitions) =>
          sha256([...Object.values(conf), definitions]),
        ),
      },
      { parent: this, dependsOn: [epmd, data, log, ...files] },
    );

    const at = (scheme: string, port: number): Endpoint => ({ scheme, host: "127.0.0.1", port });
    this.endpoints = {
      amqp: at("amqp", ports.amqp),
      stomp: at("stomp", ports.stomp),
      management: at("http", ports.management),
    };
    this.admin = admin;
    this.ready = node;
    this.data = data;
    this.registerOutputs({ endpoints: this.endpoints });
  }
}

function nodePaths(host: Host) {
  return {
    etc: hostPath(host, "/etc/rabbitmq"),
    data: hostPath(host, "/var/lib/rabbitmq"),
    log: hostPath(host, "/var/log/rabbitmq"),
    services: servicesFolder(host),
  };
}

/** A node name and folders of its own, so that it does not meet another node of the machine. */
function nodeEnvironment(
  path: ReturnType<typeof nodePaths>,
  ports: HostsRabbitMqPlan["ports"],
): Record<string, string> {
  return {
    HOME: path.data,
    LANG: "C.UTF-8",
    RABBITMQ_NODENAME: "mq@localhost",
    RABBITMQ_CONF_ENV_FILE: `${path.etc}/rabbitmq-env.conf`,
    RABBITMQ_CONFIG_FILE: `${path.etc}/rabbitmq.conf`,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${path.etc}/advanced.config`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${path.etc}/enabled_plugins`,
    RABBITMQ_MNESIA_BASE: `${path.data}/mnesia`,
    RABBITMQ_LOG_BASE: path.log,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: "127.0.0.1",
  };
}

function sha256(parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}
