import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../../tools/lib/ports";

/** Where Debian's package has the server; its own wrapper allows root and rabbitmq only. */
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const START_TIMEOUT_MS = 60_000;
const COUNT_AGE_MS = 200;

/** A user of the node: patterns as RabbitMQ has them, none of them anchored by itself. */
export interface RabbitUser {
  password: string;
  tags?: string[];
  permissions?: { configure: string; write: string; read: string };
}

/** What the node begins with. */
export interface RabbitOptions {
  users: Record<string, RabbitUser>;
  /** Durable classic queues, each with a durable direct exchange of the same name bound to it. */
  queues: string[];
  /** More lines of rabbitmq.conf. */
  conf?: string[];
}

/** Whether a RabbitMQ can be started here. */
export const rabbitInstalled = existsSync(SERVER);

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts("127.0.0.1", 1);
  return port;
}

/** Ends process groups and removes a folder when its standard input is closed: however a test ends. */
const WATCHDOG = 'home=$1; shift; cat; for group; do kill -9 "-$group"; done; rm -rf "$home"';

/**
 * A RabbitMQ node of the test's own on 127.0.0.1, with its own port mapper, data and cookie. It
 * runs as the OS user rabbitmq when the test is root, and ends with the test's process at the latest.
 */
export class PrivateRabbit {
  readonly admin = { user: "admin", password: randomBytes(12).toString("hex") };
  private server: ChildProcess | undefined;
  private mapper: ChildProcess | undefined;
  private watchdog: ChildProcess | undefined;

  private constructor(
    readonly home: string,
    readonly ports: Readonly<
      Record<"stomp" | "amqp" | "management" | "distribution" | "mapper", number>
    >,
    private readonly owner: { uid: number; gid: number } | undefined,
  ) {}

  /** Starts a node; resolves when STOMP, AMQP 1.0 and the management API answer. */
  static async start(options: RabbitOptions): Promise<PrivateRabbit> {
    const home = mkdtempSync(join(tmpdir(), "mq-rabbit-"));
    const ports = {
      stomp: await freePort(),
      amqp: await freePort(),
      management: await freePort(),
      distribution: await freePort(),
      mapper: await freePort(),
    };
    const node = new PrivateRabbit(home, ports, rabbitOwner());
    try {
      node.configure(options);
      await node.startAgain();
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  /** Starts the node on the data that it has; after {@link PrivateRabbit.kill}. */
  async startAgain(): Promise<void> {
    const { home, ports } = this;
    const env = {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      HOME: home,
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: String(ports.mapper),
      RABBITMQ_NODENAME: "mqtest@localhost",
      RABBITMQ_DIST_PORT: String(ports.distribution),
      RABBITMQ_CONF_ENV_FILE: join(home, "env.conf"),
      RABBITMQ_CONFIG_FILE: join(home, "rabbitmq.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(home, "enabled_plugins"),
      RABBITMQ_MNESIA_BASE: join(home, "data"),
      RABBITMQ_LOG_BASE: join(home, "log"),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
        "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
    };
    const start = (command: string, args: string[]): ChildProcess =>
      spawn(command, args, { cwd: home, env, detached: true, stdio: "ignore", ...this.owner });
    this.mapper = start("epmd", ["-port", String(ports.mapper), "-address", "127.0.0.1"]);
    this.server = start(SERVER, []);
    const { server } = this;
    const groups = [this.mapper, server].map(({ pid }) => String(pid));
    this.watchdog = spawn("sh", ["-c", WATCHDOG, "sh", home, ...groups], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.watchdog.unref();
    (this.watchdog.stdin as Socket).unref();
    const until = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      if (server.exitCode !== null || performance.now() > until) {
        throw new Error(`RabbitMQ did not start:\n${this.log().slice(-4000)}`);
      }
      const listening = await Promise.all(
        ["stomp", "amqp"].map((protocol) =>
          this.api("GET", `/health/checks/protocol-listener/${protocol}`).then(
            ({ status }) => status === 200,
            () => false,
          ),
        ),
      );
      if (!listening.includes(false)) return;
      await sleep(100);
    }
  }

  /** As a power cut would: SIGKILL for all of its processes. */
  async kill(): Promise<void> {
    this.watchdog?.kill("SIGKILL");
    await Promise.all([killGroup(this.server), killGroup(this.mapper)]);
  }

  /** Ends the node and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  /** A request to the management API as administrator. */
  async api(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; json: unknown }> {
    const { user, password } = this.admin;
    const response = await fetch(`http://127.0.0.1:${String(this.ports.management)}/api${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
        "content-type": "application/json",
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      json: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
  }

  /** Makes a durable queue with an exchange of the same name, as the node began with. */
  async declare(queue: string): Promise<void> {
    const { queues, exchanges, bindings } = topology([queue]);
    await this.api("PUT", `/queues/%2F/${queue}`, queues[0]);
    await this.api("PUT", `/exchanges/%2F/${queue}`, exchanges[0]);
    await this.api("POST", `/bindings/%2F/e/${queue}/q/${queue}`, bindings[0]);
  }

  /**
   * Messages of a queue that are ready and that are unacknowledged. The broker's own count is
   * {@link COUNT_AGE_MS} old at most.
   */
  async depth(queue: string): Promise<{ ready: number; unacked: number }> {
    await sleep(COUNT_AGE_MS);
    const { json } = await this.api(
      "GET",
      "/queues/%2F?disable_stats=true&enable_queue_totals=true",
    );
    const found = (json as Record<string, string | number | undefined>[]).find(
      ({ name }) => name === queue,
    );
    // Right after a start the node has not counted yet.
    return {
      ready: Number(found?.["messages_ready"] ?? NaN),
      unacked: Number(found?.["messages_unacknowledged"] ?? NaN),
    };
  }

  /** What the node has logged. */
  log(): string {
    const file = join(this.home, "log", "mqtest@localhost.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "(no log)";
  }

  private configure(options: RabbitOptions): void {
    const { home, ports, admin } = this;
    const users: Record<string, RabbitUser> = {
      [admin.user]: {
        password: admin.password,
        tags: ["administrator"],
        permissions: { configure: ".*", write: ".*", read: ".*" },
      },
      ...options.users,
    };
    const definitions = {
      vhosts: [{ name: "/" }],
      users: Object.entries(users).map(([name, { password, tags = [] }]) => ({
        name,
        password_hash: passwordHash(password),
        hashing_algorithm: "rabbit_password_hashing_sha256",
        tags,
      })),
      permissions: Object.entries(users).flatMap(([user, { permissions }]) =>
        permissions === undefined ? [] : [{ user, vhost: "/", ...permissions }],
      ),
      ...topology(options.queues),
    };
    const files: Record<string, string> = {
      "rabbitmq.conf": [
        `listeners.tcp.1 = 127.0.0.1:${String(ports.amqp)}`,
        `stomp.listeners.tcp.1 = 127.0.0.1:${String(ports.stomp)}`,
        "management.tcp.ip = 127.0.0.1",
        `management.tcp.port = ${String(ports.management)}`,
        `load_definitions = ${join(home, "definitions.json")}`,
        "log.file.level = info",
        `collect_statistics_interval = ${String(COUNT_AGE_MS / 2)}`,
        // The partition of a test machine may be nearly full.
        "disk_free_limit.absolute = 50MB",
        ...(options.conf ?? []),
        "",
      ].join("\n"),
      "env.conf": "",
      enabled_plugins: "[rabbitmq_amqp1_0,rabbitmq_management,rabbitmq_stomp].\n",
      "definitions.json": JSON.stringify(definitions),
    };
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(home, name), content, { mode: 0o600 });
    }
    for (const name of ["data", "log"]) mkdirSync(join(home, name));
    if (this.owner === undefined) return;
    for (const name of ["", "data", "log", ...Object.keys(files)]) {
      chownSync(join(home, name), this.owner.uid, this.owner.gid);
    }
  }
}

function topology(queues: string[]) {
  return {
    queues: queues.map((name) => ({
      name,
      vhost: "/",
      durable: true,
      auto_delete: false,
      arguments: {},
    })),
    exchanges: queues.map((name) => ({
      name,
      vhost: "/",
      type: "direct",
      durable: true,
      auto_delete: false,
      internal: false,
      arguments: {},
    })),
    bindings: queues.map((name) => ({
      source: name,
      vhost: "/",
      destination: name,
      destination_type: "queue",
      routing_key: name,
      arguments: {},
    })),
  };
}

async function killGroup(leader: ChildProcess | undefined): Promise<void> {
  if (leader?.pid === undefined) return;
  const gone =
    leader.exitCode === null && leader.signalCode === null ? once(leader, "exit") : undefined;
  try {
    process.kill(-leader.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
  await gone;
}

/** @see https://www.rabbitmq.com/docs/passwords#computing-password-hash */
function passwordHash(password: string): string {
  const salt = randomBytes(4);
  const digest = createHash("sha256").update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString("base64");
}

/** The OS user rabbitmq, when the test may become it. */
function rabbitOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("rabbitmq:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) throw new Error("there is no OS user rabbitmq");
  return { uid: Number(uid), gid: Number(gid) };
}
