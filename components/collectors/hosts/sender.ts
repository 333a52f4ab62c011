import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { SenderPlan } from "../../config/topology";
import type { PrivateHalf } from "../../keys/signing-key-pair";
import { hostPath } from "../../platforms/hosts/host-path";
import { HostDirectory, HostFile, HostUser } from "../../platforms/hosts/resources";
import { workloadBundle } from "../workload-bundle";
import { senderConfig } from "../workload-config";
import { KermitFiles, type KermitFilesArgs, type Owner } from "./kermit-files";

/** Arguments of {@link Sender}. */
export interface SenderArgs extends Omit<
  KermitFilesArgs,
  "owner" | "key" | "user" | "inventoryQueue" | "logQueue"
> {
  readonly plan: SenderPlan;
  readonly vhost: string;
  readonly privateKey: PrivateHalf;
  /** Largest file that it accepts, in bytes. */
  readonly maxBytes: number;
}

const senderUser = "mq-sender";

/** A sending node of document 000: the private key, and the command `mq-send FILE`, `mq-send --log FILE`. */
export class Sender extends pulumi.ComponentResource {
  /** Path of `mq-send` on the host. */
  readonly command: string;
  /** The operating system's user that can read the private key, where `up` acts as root. */
  readonly user: string | undefined;

  constructor(name: string, args: SenderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mq:index:Sender", name, { host: args.host.name }, opts);
    const { host, plan, privateKey } = args;
    const { connection } = host;
    this.user = host.superuser ? senderUser : undefined;
    this.command = hostPath(host, "/usr/local/bin/mq-send");
    warnOfLeftOvers(privateKey.fileName, this);

    const account = host.superuser
      ? [new HostUser(`${name}-user`, { connection, name: senderUser }, { parent: this })]
      : [];
    const owner: Owner = host.superuser ? { owner: senderUser, group: senderUser } : {};
    const files = new KermitFiles(
      name,
      { ...args, ...plan, owner, key: privateKey },
      { parent: this, dependsOn: account },
    );
    const folder = (role: string, path: string): HostDirectory =>
      new HostDirectory(
        `${name}-${role}`,
        { connection, path: hostPath(host, path), mode: "0755" },
        { parent: this },
      );
    const lib = folder("lib", "/usr/local/lib/mq-send");
    const bin = folder("bin", "/usr/local/bin");
    const file = (
      role: string,
      path: string,
      content: string,
      mode: string,
      dependsOn: pulumi.Resource,
    ): HostFile =>
      new HostFile(
        `${name}-${role}`,
        { connection, path, content, mode },
        { parent: this, dependsOn },
      );
    const program = hostPath(host, "/usr/local/lib/mq-send/sender.js");
    const config = `${args.folder}/sender.json`;
    file("program", program, workloadBundle("sender"), "0644", lib);
    file(
      "config",
      config,
      JSON.stringify(
        senderConfig(
          plan,
          host.name,
          args.vhost,
          args.broker,
          {
            keyDir: files.keyDir,
            passwordFile: files.passwordFile,
            privateKey: privateKey.fileName,
          },
          args.maxBytes,
        ),
        null,
        2,
      ),
      "0644",
      files,
    );
    file(
      "command",
      this.command,
      shellCommand([host.node, program, "--config", config]),
      "0755",
      bin,
    );
    this.registerOutputs({ command: this.command });
  }
}

/** A shell script that runs a command with the script's own arguments behind it. */
function shellCommand(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`;
}

/** `genkey.sh` of document 000 left the pair under /tmp, where every user of the machine can read it. */
function warnOfLeftOvers(fileName: string, resource: pulumi.Resource): void {
  const leftOver = `/tmp/${fileName}`;
  if (existsSync(leftOver)) {
    void pulumi.log.warn(
      `${leftOver}: a private key where every user of this machine may look; remove it, and replace the pair if it is in use`,
      resource,
    );
  }
}
