import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../config/topology";
import { hostPath } from "../../platforms/hosts/host-path";
import { HostDirectory, HostFile } from "../../platforms/hosts/resources";
import { amqpqueueCfg } from "../amqpqueue-cfg";
import type { BrokerAccess } from "../fleet-workloads";
import { kermitCfg } from "../kermit-cfg";

/** Owner of files on a host, where `up` acts as root there. */
export interface Owner {
  readonly owner?: string;
  readonly group?: string;
}

/** Arguments of {@link KermitFiles}. */
export interface KermitFilesArgs {
  readonly host: Host;
  /** Folder of the configuration on the host: `/etc/kermit` below its root, or one for the role. */
  readonly folder: string;
  readonly owner: Owner;
  readonly broker: BrokerAccess;
  readonly user: string;
  readonly password: pulumi.Output<string>;
  readonly inventoryQueue: string;
  readonly logQueue: string;
  /** Base name of the key pair. */
  readonly keyName: string;
  /** The one half that belongs here. */
  readonly key: { readonly fileName: string; readonly pem: pulumi.Output<string> };
}

/** Folder that holds one folder for each queue (document 000). */
export function outputFolder(host: Host): string {
  return hostPath(host, "/var/lib/kermit/queue");
}

/**
 * What document 000 puts on a node: `kermit.cfg`, `amqpqueue.cfg` and one half of the signing keys, and the password in
 * a file of its own for our workloads. The key folder is 0700, what is secret 0400.
 */
export class KermitFiles extends pulumi.ComponentResource {
  readonly keyDir: string;
  readonly passwordFile: string;

  constructor(name: string, args: KermitFilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:KermitFiles", name, { folder: args.folder }, opts);
    const { host, folder, owner, key } = args;
    const { connection } = host;
    this.keyDir = `${folder}/ssl`;
    this.passwordFile = `${folder}/password`;

    const etc = new HostDirectory(
      `${name}-etc`,
      { connection, path: folder, mode: "0755" },
      { parent: this },
    );
    const ssl = new HostDirectory(
      `${name}-ssl`,
      { connection, path: this.keyDir, ...owner, mode: "0700" },
      { parent: this, dependsOn: etc },
    );
    const file = (
      path: string,
      content: pulumi.Input<string>,
      options: Owner & { mode: string },
      dependsOn: pulumi.Resource,
    ): HostFile =>
      new HostFile(
        `${name}-${path}`,
        { connection, path: `${folder}/${path}`, content, ...options },
        { parent: this, dependsOn },
      );
    const secret = { ...owner, mode: "0400" };
    file("kermit.cfg", this.kermitCfg(args), { mode: "0644" }, etc);
    file("amqpqueue.cfg", this.amqpqueueCfg(args), secret, etc);
    file("password", pulumi.secret(args.password), secret, etc);
    file(`ssl/${key.fileName}`, key.pem, secret, ssl);
    this.registerOutputs({ keyDir: this.keyDir });
  }

  private kermitCfg(args: KermitFilesArgs): string {
    return kermitCfg({
      outputDir: outputFolder(args.host),
      amqpCfg: `${args.folder}/amqpqueue.cfg`,
      inventoryQueue: args.inventoryQueue,
      logQueue: args.logQueue,
    });
  }

  private amqpqueueCfg({
    broker,
    user,
    password,
    keyName,
  }: KermitFilesArgs): pulumi.Output<string> {
    // MCollective's connector is named in it: STOMP, whatever our own workloads speak.
    const { host, port } = broker.endpoints.stomp;
    return pulumi.secret(password).apply((plain) =>
      amqpqueueCfg({
        keyDir: this.keyDir,
        keyName,
        stomp: { host, port, user, password: plain },
      }),
    );
  }
}
