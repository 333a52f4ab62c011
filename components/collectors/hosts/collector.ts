import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { CollectorPlan, Host } from "../../config/topology";
import { HostDirectory, HostFile, HostService } from "../../platforms/hosts/resources";
import { serviceName, servicesFolder } from "../../platforms/hosts/service-name";
import type { BrokerAccess } from "../fleet-workloads";
import { collectorConfig } from "../workload-config";
import type { Owner } from "./kermit-files";

/** Arguments of {@link Collector}: its plan, and where on the host things lie. */
export interface CollectorArgs {
  readonly host: Host;
  readonly plan: CollectorPlan;
  readonly vhost: string;
  readonly broker: BrokerAccess;
  /** Owner of the folders that the files arrive in; the service runs as that user. */
  readonly owner: Owner;
  /** Folder that holds one folder for each queue. */
  readonly outputDir: string;
  readonly configFile: string;
  readonly program: { readonly path: string; readonly content: string };
  readonly keyDir: string;
  readonly passwordFile: string;
  /** What the files hold that the service reads once, at its start: it restarts when one changes. */
  readonly secrets: readonly pulumi.Output<string>[];
}

/** A service that drains one queue into one folder. */
export class Collector extends pulumi.ComponentResource {
  readonly queue: string;
  /** Folder that the files of the queue arrive in. */
  readonly directory: string;
  /** Name of the service on its host. */
  readonly service: string;
  /** What the service runs. */
  readonly command: readonly string[];
  /** The operating system's user that it runs as, where `up` acts as root. */
  readonly user: string | undefined;
  /** Where the service keeps its state and log, when systemd does not run it. */
  readonly stateDirectory: string;

  constructor(name: string, args: CollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:Collector", name, { queue: args.plan.queue }, opts);
    const { host, plan, owner, program, outputDir } = args;
    const { connection } = host;
    this.queue = plan.queue;
    this.directory = `${outputDir}/${plan.queue}`;
    this.service = serviceName(`collector-${plan.name}`);
    this.command = [host.node, program.path, "--config", args.configFile];
    this.user = owner.owner;
    this.stateDirectory = servicesFolder(host);

    const config = JSON.stringify(collectorConfig(plan, args.vhost, args.broker, args), null, 2);
    const configFile = new HostFile(
      `${name}-config`,
      { connection, path: args.configFile, content: config },
      { parent: this },
    );
    const folder = (role: string, path: string): HostDirectory =>
      new HostDirectory(
        `${name}-${role}`,
        { connection, path, ...owner, mode: "0750", keep: true },
        { parent: this },
      );
    const folders = [
      folder("output", this.directory),
      folder("rejected", `${outputDir}/.rejected/${plan.queue}`),
    ];
    new HostService(
      name,
      {
        connection,
        name: this.service,
        description: `mq collector of ${plan.queue}`,
        command: [...this.command],
        ...(this.user !== undefined && { user: this.user }),
        stateDirectory: this.stateDirectory,
        ports: { metrics: plan.port },
        ready: { http: `http://127.0.0.1:${String(plan.port)}/readyz` },
        restartOn: pulumi.secret(
          pulumi.all([...args.secrets]).apply((secrets) =>
            createHash("sha256")
              .update([program.content, config, ...secrets].join("\0"))
              .digest("hex"),
          ),
        ),
      },
      { parent: this, dependsOn: [configFile, ...folders] },
    );
    this.registerOutputs({ directory: this.directory, service: this.service });
  }
}
