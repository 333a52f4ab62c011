import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { derivePassword } from "../../components/access/client-passwords";
import { activeMqAddresses } from "../../components/brokers/activemq/addresses";
import { activeMqCommand } from "../../components/brokers/activemq/command";
import { activeMqFiles } from "../../components/brokers/activemq/files";
import { artemisAddresses } from "../../components/brokers/artemis/addresses";
import { artemisCommand } from "../../components/brokers/artemis/command";
import { artemisFiles } from "../../components/brokers/artemis/files";
import type { Broker } from "../../components/brokers/broker";
import { jmxExporterAgent, jmxExporterConfig } from "../../components/brokers/java/jmx-exporter";
import type { Queue, User, WorkloadProtocol } from "../../components/config/topology";
import { ensureArchive } from "../../tools/brokers/archives";
import { ensureExporter } from "../../tools/image/exporter";
import { freePorts } from "../../tools/lib/ports";
import { eventually } from "./eventually";
import { parsePrometheusText } from "./prometheus-text";

/** Of the broker's Java virtual machine: ActiveMQ takes messages of a sixteenth of it, a file of 16 MiB with its headers. */
const heapBytes = 256 * 1024 * 1024;
const host = "127.0.0.1";
/** Ends a process and removes a folder when its standard input is closed: however a test ends. */
const WATCHDOG = 'cat; kill -9 "$2"; rm -rf "$1"';

/** What the broker is and begins with. */
export interface JavaBrokerOptions {
  readonly kind: "activemq" | "artemis";
  readonly version: string;
  readonly queues: readonly string[];
  readonly users: readonly (User & { readonly password: string })[];
}

/** Metrics with a queue's messages: those that are delivered and not acknowledged are among them. */
const sizes = { activemq: "activemq_queue_size", artemis: "artemis_message_count" } as const;

/**
 * An ActiveMQ Classic or an Artemis of the test's own on 127.0.0.1, of its project's archive, with the files and the command
 * that a stack has. It ends with the test's process at the latest.
 */
export class JavaBroker {
  readonly addresses: Broker["addresses"];
  private readonly process: { now?: ChildProcess; watchdog?: ChildProcess } = {};
  private log = "";

  private constructor(
    private readonly options: JavaBrokerOptions,
    private readonly folder: string,
    /** By what is spoken there. */
    readonly ports: Readonly<Record<WorkloadProtocol | "metrics", number>>,
    private readonly exporter: string,
  ) {
    this.addresses = options.kind === "activemq" ? activeMqAddresses : artemisAddresses;
  }

  /** Starts a broker; resolves when it has its queues and takes connections. */
  static async start(options: JavaBrokerOptions): Promise<JavaBroker> {
    const { kind, version } = options;
    const archive = await ensureArchive(`apache-${kind}-${version}-bin.tar.gz`);
    const exporter = await ensureExporter();
    const folder = mkdtempSync(join(tmpdir(), `mq-${kind}-`));
    const [stomp = 0, amqp = 0, metrics = 0] = await freePorts(host, 3);
    const broker = new JavaBroker(options, folder, { stomp, amqp, metrics }, exporter);
    try {
      for (const part of ["home", "etc", "data/tmp"]) {
        mkdirSync(join(folder, part), { recursive: true });
      }
      const unpack = ["-xzf", archive, "--strip-components=1", "-C", join(folder, "home")];
      spawnSync("tar", unpack);
      for (const [name, content] of Object.entries(broker.files())) {
        writeFileSync(join(folder, "etc", name), content ?? "", { mode: 0o600 });
      }
      await broker.startAgain();
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  /** Starts the broker on the data that it has; after {@link JavaBroker.kill}. */
  async startAgain(): Promise<void> {
    const [command = "", ...args] = this.command();
    const broker = spawn(command, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [broker.stdout, broker.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    }
    const watched = ["-c", WATCHDOG, "sh", this.folder, String(broker.pid)];
    const watchdog = spawn("sh", watched, { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    watchdog.unref();
    Object.assign(this.process, { now: broker, watchdog });
    await eventually(async () => {
      if (broker.exitCode !== null) throw new Error(this.log.slice(-4000));
      const found = await Promise.all(this.options.queues.map((queue) => this.messages(queue)));
      const { stomp, amqp } = this.ports;
      return !found.some(Number.isNaN) && (await listens(stomp)) && (await listens(amqp));
    }, 120);
  }

  /** As a power cut would: SIGKILL. */
  async kill(): Promise<void> {
    const { now, watchdog } = this.process;
    watchdog?.kill("SIGKILL");
    if (now === undefined || now.exitCode !== null || now.signalCode !== null) return;
    const ended = once(now, "exit");
    now.kill("SIGKILL");
    await ended;
  }

  /** Ends the broker and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Messages of a queue, acknowledged ones not; NaN while the broker does not say it. */
  async messages(queue: string): Promise<number> {
    const page = await fetch(`http://${host}:${String(this.ports.metrics)}/metrics`).then(
      (response) => response.text(),
      () => "",
    );
    const samples = parsePrometheusText(page).get(sizes[this.options.kind])?.samples ?? [];
    return samples.find(({ labels }) => labels["queue"] === queue)?.value ?? NaN;
  }

  private command(): string[] {
    const { folder, exporter, options } = this;
    const config = join(folder, "exporter.yaml");
    writeFileSync(config, jmxExporterConfig(options.kind));
    const agent = jmxExporterAgent({ jar: exporter, config, host, port: this.ports.metrics });
    const [home, etc, data] = [join(folder, "home"), join(folder, "etc"), join(folder, "data")];
    const where = { java: "java", home, etc, data, heapBytes, agent };
    return options.kind === "activemq"
      ? activeMqCommand(where)
      : artemisCommand({ ...where, name: "artemis-test-0" });
  }

  private files(): Partial<Record<string, string>> {
    const { folder, ports, options } = this;
    const config = {
      queues: options.queues.map((name): Queue => ({ name, vhost: "/", type: "classic" })),
      users: options.users,
      acl: "least-privilege" as const,
      listeners: (["stomp", "amqp"] as const).map((protocol) => ({
        protocol,
        host,
        port: ports[protocol],
        tls: false,
      })),
      data: join(folder, "data"),
      heapBytes,
    };
    const users = Object.fromEntries(
      options.users.map(({ name, password }) => [
        name,
        { ...derivePassword("seed", name), password },
      ]),
    );
    const admin = derivePassword("seed", "mq-admin");
    if (options.kind === "artemis") {
      return artemisFiles({ ...config, etc: join(folder, "etc") }, { admin, users });
    }
    return activeMqFiles(
      { ...config, brokerName: "activemq-test", extraAuthorizationEntries: [] },
      { admin: { user: "mq-admin", ...admin }, users, encryptionPassword: "encryption-password" },
    );
  }
}

/** Whether something takes connections there. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => {
      resolve(false);
    });
  });
}
