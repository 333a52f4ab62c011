import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalConnection } from "../../components/platforms/hosts/provider/local-connection";
import { ensureArchive } from "../../tools/brokers/archives";
import { eventually } from "./eventually";
import { freePort } from "./rabbitmq";

/** Runs a program until its own standard input is closed: it ends with the test, however that ends. */
const LEASH = '"$@" </dev/null & cat; kill $!; wait $!';

/** Whether a Java for it is here. */
export const javaInstalled = spawnSync("java", ["-version"]).status === 0;

/**
 * An ActiveMQ Classic 5.18.3 that somebody else has set up on this machine: unpacked, started and restarted by means of their
 * own, with the `activemq.xml` that a test gives it. It ends with the test's process at the latest.
 */
export class ExistingActiveMq {
  /** Its `activemq.xml`. */
  readonly config: string;
  /** How often it was restarted by the command. */
  restarts = 0;
  private broker: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly home: string,
    /** Port of STOMP on 127.0.0.1. */
    readonly stompPort: number,
    private readonly service: Server,
  ) {
    this.config = join(folder, "conf/activemq.xml");
  }

  /** @param activeMqXml - its `activemq.xml`, by the port that STOMP has to be on. */
  static async start(activeMqXml: (stompPort: number) => string): Promise<ExistingActiveMq> {
    const name = "apache-activemq-5.18.3";
    const archive = await ensureArchive(`${name}-bin.tar.gz`);
    const folder = mkdtempSync(join(tmpdir(), "mq-existing-"));
    spawnSync("tar", ["--extract", "--gzip", "--file", archive, "--directory", folder]);
    mkdirSync(join(folder, "conf"));
    const service = createServer().listen(0, "127.0.0.1");
    await once(service, "listening");
    const broker = new ExistingActiveMq(folder, join(folder, name), await freePort(), service);
    service.on("request", (_, response) => {
      broker.restarts++;
      broker.restart().then(
        () => response.end("restarted"),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    writeFileSync(broker.config, activeMqXml(broker.stompPort));
    try {
      await broker.restart();
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  /** What restarts it and waits until it answers; fails with the end of its log. */
  get restartCommand(): string[] {
    const url = `http://127.0.0.1:${String((this.service.address() as AddressInfo).port)}/`;
    const program = `fetch("${url}").then(async (r) => { console.log(await r.text()); process.exitCode = r.ok ? 0 : 1; })`;
    return [process.execPath, "-e", program];
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.end();
    this.service.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async restart(): Promise<void> {
    await this.end();
    const log = join(this.folder, "log");
    const java = ["java", "-Xmx256m", `-Dactivemq.home=${this.home}`, `-Dactivemq.base=${this.folder}`, `-Dactivemq.conf=${this.folder}/conf`, `-Dactivemq.data=${this.folder}/data`, "-jar", `${this.home}/bin/activemq.jar`, "start", `xbean:file:${this.config}`]; // prettier-ignore
    const output = openSync(log, "w");
    const broker = spawn("sh", ["-c", LEASH, "sh", ...java], { stdio: ["pipe", output, output] });
    closeSync(output);
    this.broker = broker;
    const connection = new LocalConnection();
    await eventually(async () => {
      if (broker.exitCode !== null || /Failed to start|ERROR:/.test(readFileSync(log, "utf8"))) {
        throw new Error(readFileSync(log, "utf8").slice(-4000));
      }
      return connection.probe({ tcp: { host: "127.0.0.1", port: this.stompPort } });
    }, 120);
  }

  private async end(): Promise<void> {
    if (this.broker === undefined) return;
    const ended = this.broker.exitCode === null ? once(this.broker, "exit") : undefined;
    this.broker.stdin?.end();
    await ended;
  }
}
