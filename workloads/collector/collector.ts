import { backoff, pause } from "../shared/backoff";
import { readPassword, type CollectorConfig } from "../shared/config";
import { quote, type Log } from "../shared/log";
import type { Connect } from "../shared/protocol";
import { judge } from "./intake";
import { loadKeys, type TrustedKeys } from "./keys";
import type { RejectedSpool } from "./rejected-spool";
import { Status } from "./status";
import { Writer } from "./writer";

/** Limit for each answer of the broker, in milliseconds. */
const TIMEOUT_MS = 15_000;
const HEARTBEAT_MS = 10_000;
/** A subscription that held this long was a good one: the next attempt comes soon. */
const GOOD_MS = 10_000;

/** What a collector works with beside its configuration. */
export interface CollectorOptions {
  connect: Connect;
  log: Log;
  /** Logs the path of each collected file. */
  printPaths: boolean;
  /** False gives up durability; for measurements only. */
  sync: boolean;
  /** Ends the collector in order. */
  stop: AbortSignal;
}

/** Drains one queue into one folder until it is stopped. */
export class Collector {
  readonly status: Status;
  private readonly writer: Writer;
  private keys: TrustedKeys;

  /** @throws Error when the trusted keys cannot be read. */
  constructor(
    private readonly config: CollectorConfig,
    private readonly options: CollectorOptions,
  ) {
    this.status = new Status(config.queue);
    this.writer = new Writer({ ...options, config, status: this.status });
    this.keys = loadKeys(config.keyDir);
  }

  /** Reads the trusted keys again; those in use stay when the new ones cannot be read. */
  reloadKeys(): void {
    try {
      this.keys = loadKeys(this.config.keyDir);
      this.options.log(
        "info",
        `trusted keys: ${[...this.keys.keys()].map((id) => quote(id)).join(", ")}`,
      );
    } catch (error) {
      this.options.log("error", `keys not reloaded: ${(error as Error).message}`);
    }
  }

  /** Fails while the disk does not take writes. */
  probe(): Promise<void> {
    return this.writer.probe();
  }

  /** Runs until it is stopped; connects again whenever the connection is lost. */
  async run(): Promise<void> {
    const { stop, log } = this.options;
    try {
      await this.writer.open();
    } catch (error) {
      if (stop.aborted) return;
      throw error;
    }
    for (let attempt = 0; !stop.aborted; attempt += 1) {
      const started = performance.now();
      const reason = await this.session().catch((error: unknown) => error as Error);
      if (reason === undefined) break;
      // While the disk fails nothing new is taken: the broker has taken back what it sent.
      await this.writer.idle();
      if (performance.now() - started > GOOD_MS) attempt = 0;
      const delay = backoff(attempt);
      log(
        "error",
        `${this.config.queue}: ${quote(reason.message, 600)}; next attempt in ${(delay / 1000).toFixed(1)} s`,
      );
      await pause(delay, stop);
    }
    await this.writer.idle();
  }

  /** One connection from its beginning to its end; returns why it ended, unless it was stopped. */
  private async session(): Promise<Error | undefined> {
    const { connect, stop, log } = this.options;
    const { broker, source, prefetch, maxBytes } = this.config;
    const session = await connect({
      broker,
      password: readPassword(broker.passwordFile),
      timeoutMs: TIMEOUT_MS,
      heartbeatMs: HEARTBEAT_MS,
    });
    try {
      await session.subscribe<RejectedSpool>({
        source,
        prefetch,
        maxBytes,
        spool: () => this.writer.spool(),
        onDelivery: (delivery) => {
          // What comes after the stop is not touched: the broker keeps it.
          if (stop.aborted) {
            if (!Buffer.isBuffer(delivery.body)) delivery.body.discard();
            return;
          }
          const verdict = judge(delivery, this.keys, this.config);
          this.writer.add({ verdict, session, tag: delivery.tag });
        },
      });
      this.status.connections += 1;
      this.status.certificateExpiry = session.certificateExpiry;
      this.status.subscribed = true;
      log("info", `subscribed to ${source} at ${broker.host}:${String(broker.port)}`);
      const stopped = whenAborted(stop);
      const reason = await Promise.race([session.closed, stopped]);
      if (!stop.aborted) return reason ?? new Error("the connection is closed");
      await this.writer.idle();
      return undefined;
    } finally {
      this.status.subscribed = false;
      this.writer.forget(session);
      await session.close();
    }
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve(undefined);
        },
        { once: true },
      );
  });
}
