import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { derivePassword } from "../../components/access/client-passwords";
import { activeMqAddresses } from "../../components/brokers/activemq/addresses";
import { activeMqCommand } from "../../components/brokers/activemq/command";
import { activeMqFiles } from "../../components/brokers/activemq/files";
import { artemisAddresses } from "../../components/brokers/artemis/addresses";
import { artemisCommand } from "../../components/brokers/artemis/command";
import { artemisFiles } from "../../components/brokers/artemis/files";
import {
  jmxExporterAgent,
  jmxExporterConfig,
  type ExporterTls,
} from "../../components/brokers/java/jmx-exporter";
import type { Queue, User } from "../../components/config/topology";
import { ensureArchive } from "../../tools/brokers/archives";
import { ensureExporter } from "../../tools/image/exporter";
import { freePorts } from "../../tools/lib/ports";
import { connectStomp } from "../../workloads/shared/stomp";
import { eventually } from "./eventually";
import { parsePrometheusText, type Metrics } from "./prometheus-text";

/** A broker that runs on Java. */
export type MeasuredKind = "activemq" | "artemis";

/** Of the broker's Java virtual machine. */
export const heapBytes = 256 * 1024 * 1024;

/** Names of the broker's queues; the first one has a user. */
export const queueNames = ["kermit.log", "kermit.inventory", "grün & 日本"];

const queues: Queue[] = queueNames.map((name) => ({ name, vhost: "/", type: "classic" }));
const user: User = {
  name: "mover",
  send: ["kermit.log"],
  receive: ["kermit.log"],
  manage: [],
  client: "mq",
};

/** A real broker that our renderers have configured, with the agent in it. */
export class MeasuredBroker {
  readonly home: string;
  private readonly etc: string;
  private readonly data: string;
  private process: ChildProcess | undefined;
  private ports = { stomp: 0, metrics: 0 };

  /**
   * @param folder - where it is unpacked and has its data; `ca.pem` in it has signed the certificate of `tls`.
   */
  constructor(
    private readonly folder: string,
    private readonly kind: MeasuredKind,
    private readonly version: string,
    private readonly tls?: ExporterTls,
  ) {
    this.home = join(folder, `${kind}-${version}`);
    this.etc = join(this.home, "our-etc");
    this.data = join(this.home, "our-data");
  }

  async start(): Promise<void> {
    const archive = await ensureArchive(`apache-${this.kind}-${this.version}-bin.tar.gz`);
    for (const each of [this.etc, join(this.data, "tmp")]) mkdirSync(each, { recursive: true });
    spawnSync("tar", ["-xzf", archive, "--strip-components=1", "-C", this.home]);
    const [stomp = 0, metrics = 0] = await freePorts("127.0.0.1", 2);
    this.ports = { stomp, metrics };
    for (const [name, content] of Object.entries(this.files())) {
      if (content !== undefined) writeFileSync(join(this.etc, name), content);
    }
    const config = join(this.etc, "exporter.yaml");
    writeFileSync(config, jmxExporterConfig(this.kind, this.tls));
    const host = "127.0.0.1";
    const agent = jmxExporterAgent({ jar: await ensureExporter(), config, host, port: metrics });
    const { home, etc, data } = this;
    const where = { java: "java", home, etc, data, heapBytes, agent };
    const [command = "", ...args] =
      this.kind === "activemq"
        ? activeMqCommand(where)
        : artemisCommand({ ...where, name: "artemis-metrics-0" });
    this.process = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
    }
    const broker = this.process;
    await eventually(async () => {
      if (broker.exitCode !== null) throw new Error(log.slice(-4000));
      return this.move(0).then(
        () => true,
        () => false,
      );
    }, 120);
  }

  private files(): Partial<Record<string, string>> {
    const { etc, data } = this;
    const stomp = {
      protocol: "stomp",
      host: "127.0.0.1",
      port: this.ports.stomp,
      tls: false,
    } as const;
    const config = {
      queues,
      users: [user],
      acl: "least-privilege",
      listeners: [stomp],
      data,
      heapBytes,
    } as const;
    const users = { [user.name]: derivePassword("seed", user.name) };
    const admin = derivePassword("seed", "mq-admin");
    if (this.kind === "artemis") {
      return artemisFiles({ ...config, etc }, { admin, users });
    }
    return activeMqFiles(
      { ...config, brokerName: "activemq-metrics", extraAuthorizationEntries: [] },
      { admin: { user: "mq-admin", ...admin }, users, encryptionPassword: "encryption-password" },
    );
  }

  /** Sends messages to `kermit.log` and collects some of them; what is sent is confirmed, what is collected acknowledged. */
  async move(sent: number, collected = 0): Promise<void> {
    const passwordFile = join(this.home, "password");
    const { password } = derivePassword("seed", user.name);
    const session = await connectStomp({
      broker: {
        protocol: "stomp",
        host: "127.0.0.1",
        port: this.ports.stomp,
        vhost: "/",
        user: user.name,
        passwordFile,
      },
      password,
      timeoutMs: 20_000,
      heartbeatMs: 0,
    });
    const { stomp } = this.kind === "activemq" ? activeMqAddresses : artemisAddresses;
    try {
      for (let count = 0; count < sent; count++) {
        await session.send(stomp.target("kermit.log"), new Map(), Buffer.from("text"));
      }
      if (collected === 0) return;
      await new Promise<void>((resolve, reject) => {
        let count = 0;
        const options = {
          source: stomp.source("kermit.log"),
          prefetch: collected,
          maxBytes: 1024,
          spool: () => {
            throw new Error("no message is as large as that");
          },
          onDelivery: ({ tag }: { tag: string }) => {
            if (++count > collected) return;
            if (count === collected) {
              session.acknowledge(tag);
              resolve();
            }
          },
        };
        session.subscribe(options).catch(reject);
      });
    } finally {
      await session.close();
    }
  }

  /** What Prometheus gets to see. */
  async metrics(): Promise<Metrics> {
    const url = `127.0.0.1:${String(this.ports.metrics)}/metrics`;
    if (this.tls === undefined) {
      const response = await fetch(`http://${url}`);
      return parsePrometheusText(await response.text());
    }
    const ca = readFileSync(join(this.folder, "ca.pem"));
    const page = await new Promise<string>((resolve, reject) => {
      get(`https://${url}`, { ca }, (response) => {
        resolve(text(response));
      }).on("error", reject);
    });
    return parsePrometheusText(page);
  }

  /** The version of TLS that the port agrees to; undefined: to none that is offered. */
  tlsVersion(offered: "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Promise<string | undefined> {
    const versions = { minVersion: offered, maxVersion: offered };
    const ciphers = "DEFAULT:@SECLEVEL=0";
    return new Promise((resolve) => {
      const socket = connect(
        { port: this.ports.metrics, ciphers, ...versions, rejectUnauthorized: false },
        () => {
          resolve(socket.getProtocol() ?? undefined);
          socket.destroy();
        },
      ).on("error", () => {
        resolve(undefined);
      });
    });
  }

  async stop(): Promise<void> {
    if (this.process?.exitCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await ended;
  }
}
