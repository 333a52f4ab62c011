import * as pulumi from "@pulumi/pulumi";
import type { CollectorPlan, Host } from "../../config/topology";
import type { PublicHalf } from "../../keys/signing-key-pair";
import { hostPath } from "../../platforms/hosts/host-path";
import { HostDirectory, HostFile } from "../../platforms/hosts/resources";
import { workloadBundle } from "../workload-bundle";
import { Collector } from "./collector";
import { KermitFiles, outputFolder, type KermitFilesArgs, type Owner } from "./kermit-files";

/** Arguments of {@link Receiver}. */
export interface ReceiverArgs extends Omit<KermitFilesArgs, "owner" | "key"> {
  /** One for each queue; all of one user. */
  readonly collectors: readonly CollectorPlan[];
  /** The vhost of a queue. */
  readonly vhostOf: (queue: string) => string;
  readonly publicKey: PublicHalf;
}

/** Document 000: the receiver's folders belong to nobody, and its processes run as nobody. */
const receiverUser = "nobody";

/**
 * The receiver node of document 000: one collector service for each queue, the public key, and the folders that the files
 * arrive in. Those folders stay when it is destroyed.
 */
export class Receiver extends pulumi.ComponentResource {
  readonly collectors: Readonly<Record<string, Collector>>;
  /** The folder that holds one folder for each queue. */
  readonly directory: string;

  constructor(name: string, args: ReceiverArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:Receiver", name, { host: args.host.name }, opts);
    const { host, publicKey } = args;
    const owner: Owner = host.superuser ? { owner: receiverUser, group: "nogroup" } : {};
    const program = this.install(name, host);
    const files = new KermitFiles(name, { ...args, owner, key: publicKey }, { parent: this });
    this.directory = outputFolder(host);
    this.collectors = Object.fromEntries(
      args.collectors.map((plan) => [
        plan.name,
        new Collector(
          `${name}-${plan.name}`,
          {
            host,
            plan,
            vhost: args.vhostOf(plan.queue),
            broker: args.broker,
            owner,
            outputDir: this.directory,
            configFile: `${args.folder}/collector-${plan.name}.json`,
            program,
            keyDir: files.keyDir,
            passwordFile: files.passwordFile,
            secrets: [args.password, publicKey.pem],
          },
          { parent: this, dependsOn: [files, program.file] },
        ),
      ]),
    );
    this.registerOutputs({});
  }

  /** Puts the collector's program onto the host. */
  private install(name: string, host: Host): { path: string; content: string; file: HostFile } {
    const { connection } = host;
    const folder = hostPath(host, "/usr/local/lib/mq");
    const path = `${folder}/collector.js`;
    const content = workloadBundle("collector");
    const lib = new HostDirectory(
      `${name}-lib`,
      { connection, path: folder, mode: "0755" },
      { parent: this },
    );
    const file = new HostFile(
      `${name}-program`,
      { connection, path, content },
      { parent: this, dependsOn: lib },
    );
    return { path, content, file };
  }
}
