import { createHash } from "node:crypto";
import { basename } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { parseQuantity } from "../../config/quantity";
import type { Host, HostsActiveMqPlan, HostsArtemisPlan } from "../../config/topology";
import { hostPath } from "../../platforms/hosts/host-path";
import {
  HostArchive,
  HostDirectory,
  HostFile,
  HostPackage,
  HostService,
  HostUser,
} from "../../platforms/hosts/resources";
import { serviceName, servicesFolder } from "../../platforms/hosts/service-name";
import type { Broker } from "../broker";
import { archiveSums } from "./archive-sums";

/** A broker on a host that runs on Java. */
export type HostsJavaBrokerPlan = HostsActiveMqPlan | HostsArtemisPlan;

/** What a broker that runs on Java is started with; the arguments of its command. */
export interface JavaRuntime {
  readonly java: string;
  /** The unpacked distribution. */
  readonly home: string;
  readonly etc: string;
  readonly data: string;
  readonly heapBytes: number;
}

/** Arguments of {@link createJavaBroker}. */
export interface JavaBrokerArgs {
  readonly host: Host;
  readonly plan: HostsJavaBrokerPlan;
  /** One line for people. */
  readonly description: string;
  /** Names of all files. */
  readonly fileNames: readonly string[];
  /** What it reads in `etc`, by file name; a Pulumi secret. */
  readonly files: pulumi.Output<Readonly<Record<string, string>>>;
  readonly command: readonly string[];
}

/** Address of everything on a host. */
const loopback = "127.0.0.1";

/** Debian's and Ubuntu's package of a Java without windows, and where it puts it. */
const javaPackage = { name: "default-jre-headless", java: "/usr/bin/java" };

/** Where a broker of a plan has what, and what it runs with. */
export function javaRuntime(host: Host, { kind, heap }: HostsJavaBrokerPlan): JavaRuntime {
  const heapBytes = parseQuantity(heap);
  if (heapBytes === undefined) throw new Error(`mq:broker.heap: ${heap}: is no quantity`);
  return {
    java: host.java ?? javaPackage.java,
    home: hostPath(host, `/opt/apache-${kind}`),
    etc: hostPath(host, `/etc/${kind}`),
    data: hostPath(host, `/var/lib/${kind}`),
    heapBytes: Math.floor(heapBytes),
  };
}

/** A port for clients on the loopback address. */
export interface LoopbackListener {
  readonly protocol: "stomp" | "amqp" | "openwire";
  readonly host: string;
  readonly port: number;
  readonly tls: false;
}

/** The ports of a plan. */
export function loopbackListeners({ ports }: HostsJavaBrokerPlan): LoopbackListener[] {
  const { amqp, stomp, openwire } = ports;
  const at = (protocol: LoopbackListener["protocol"], port: number): LoopbackListener => ({
    protocol,
    host: loopback,
    port,
    tls: false,
  });
  return [
    at("stomp", stomp),
    at("amqp", amqp),
    ...(openwire === undefined ? [] : [at("openwire", openwire)]),
  ];
}

/** Where a broker of a plan answers. */
export function loopbackEndpoints({
  ports,
}: Pick<HostsJavaBrokerPlan, "ports">): Broker["endpoints"] {
  const { amqp, stomp, openwire } = ports;
  return {
    amqp: { scheme: "amqp", host: loopback, port: amqp },
    stomp: { scheme: "stomp", host: loopback, port: stomp },
    ...(openwire !== undefined && { openwire: { scheme: "tcp", host: loopback, port: openwire } }),
  };
}

/**
 * A broker on a host, of its project's archive and a Java that is there or the distribution's: software, an account of its
 * own where `up` acts as root, folders, files that nobody else reads, and the service. A change of what it reads restarts it
 * once. Its data stays when it is destroyed, and so does the account that owns it.
 *
 * @param parent - of all resources.
 */
export function createJavaBroker(
  name: string,
  parent: pulumi.Resource,
  { host, plan, description, fileNames, files, command }: JavaBrokerArgs,
): Pick<Broker, "ready" | "data"> {
  const { connection } = host;
  const { kind, archive, ports } = plan;
  const path = javaRuntime(host, plan);
  const owner = host.superuser ? { owner: kind, group: kind } : {};

  const java =
    host.java === undefined
      ? [new HostPackage(`${name}-java`, { connection, name: javaPackage.name }, { parent })]
      : [];
  const sum = archiveSums[basename(archive.file)];
  const software = new HostArchive(
    `${name}-archive`,
    {
      connection,
      source: archive.file,
      version: archive.version,
      ...(sum !== undefined && { sha512: sum }),
      path: path.home,
    },
    { parent },
  );
  const account = host.superuser
    ? [
        new HostUser(
          `${name}-user`,
          { connection, name: kind, home: path.data },
          { parent, retainOnDelete: true },
        ),
      ]
    : [];
  const folder = (role: string, at: string, keep: boolean): HostDirectory =>
    new HostDirectory(
      `${name}-${role}`,
      { connection, path: at, ...owner, mode: "0750", keep },
      { parent, dependsOn: account },
    );
  const data = folder("data", path.data, true);
  const etc = folder("etc", path.etc, false);
  const configuration = fileNames.map(
    (fileName) =>
      new HostFile(
        `${name}-${fileName}`,
        {
          connection,
          path: `${path.etc}/${fileName}`,
          content: files.apply((contents) => contentOf(contents, fileName)),
          ...owner,
          mode: "0600",
        },
        { parent, dependsOn: etc },
      ),
  );
  const ready = new HostService(
    name,
    {
      connection,
      name: serviceName(kind),
      description,
      command: [...command],
      ...(host.superuser && { user: kind }),
      workingDirectory: path.data,
      stateDirectory: servicesFolder(host),
      ports: { ...ports },
      ready: { tcp: { host: loopback, port: ports.stomp } },
      readyTimeoutSeconds: 120,
      stopTimeoutSeconds: 60,
      restartOn: files.apply((contents) =>
        sha256([archive.version, ...fileNames.map((fileName) => contentOf(contents, fileName))]),
      ),
    },
    { parent, dependsOn: [...java, software, data, ...configuration] },
  );
  return { ready, data };
}

function contentOf(contents: Readonly<Record<string, string>>, fileName: string): string {
  const content = contents[fileName];
  if (content === undefined) throw new Error(`${fileName}: has no content`);
  return content;
}

function sha256(parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}
