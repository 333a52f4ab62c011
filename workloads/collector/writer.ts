import { join } from "node:path";
import { backoff, pause } from "../shared/backoff";
import type { CollectorConfig } from "../shared/config";
import { quote, type Log } from "../shared/log";
import type { Session } from "../shared/protocol";
import { DurableFolder, type NewFile } from "./durable-folder";
import { byteLength, type Collected, type Rejected, type Verdict } from "./intake";
import { RejectedSpool } from "./rejected-spool";
import type { Status } from "./status";

/** Bytes of messages that are not on disk yet, at which the broker is made to wait. */
const PENDING_BYTES = 32 * 1024 * 1024;
/** Bytes of one batch; a single larger message is a batch of its own. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** What a message takes beside its body, about. */
const MESSAGE_BYTES = 1024;

/** A message whose fate is decided, and where to acknowledge it. */
export interface Entry {
  verdict: Verdict;
  session: Session;
  tag: string;
}

/** What the writer is told. */
export interface WriterOptions {
  config: Pick<CollectorConfig, "queue" | "outputDir" | "batch" | "dedup">;
  status: Status;
  log: Log;
  /** Logs the path of each collected file. */
  printPaths: boolean;
  /** False gives up durability, to measure what it costs. */
  sync: boolean;
  /** Once aborted, a failing disk is not tried again. */
  stop: AbortSignal;
}

/**
 * Brings messages to disk and acknowledges them, in this order. While one batch is written the
 * next one gathers; a message that comes alone is written at once. As long as the disk fails the
 * same batch is tried again and nothing is acknowledged.
 */
export class Writer {
  private readonly accepted: DurableFolder;
  private readonly rejected: DurableFolder;
  private pending: Entry[] = [];
  private running: Promise<void> | undefined;
  private paused: Session | undefined;
  /** How many operations are waiting for the disk. */
  private failing = 0;

  constructor(private readonly options: WriterOptions) {
    const { queue, outputDir } = options.config;
    this.accepted = new DurableFolder(join(outputDir, queue), options.sync);
    this.rejected = new DurableFolder(join(outputDir, ".rejected", queue), options.sync);
  }

  /** Makes the folders ready; waits for a disk that takes writes. */
  open(): Promise<void> {
    return this.untilItWorks(async () => {
      await this.accepted.open();
      await this.rejected.open();
      await this.accepted.probe();
    });
  }

  /** Fails while the disk does not take writes. */
  probe(): Promise<void> {
    return this.accepted.probe();
  }

  /** Takes the body of a message that is too large to be held. */
  spool(): RejectedSpool {
    return new RejectedSpool(this.rejected, (work, wanted) => this.untilItWorks(work, wanted));
  }

  /** Takes a message over. It is acknowledged when it is on disk, and its session still alive. */
  add(entry: Entry): void {
    const { status } = this.options;
    this.pending.push(entry);
    status.pendingMessages += 1;
    status.pendingBytes += weight(entry);
    if (status.pendingBytes > PENDING_BYTES && this.paused === undefined) {
      this.paused = entry.session;
      entry.session.pause();
    }
    this.running ??= this.run();
  }

  /** The session is over: what is not being written already will be delivered again. */
  forget(session: Session): void {
    const gone = this.pending.filter((entry) => entry.session === session);
    this.pending = this.pending.filter((entry) => entry.session !== session);
    for (const entry of gone) {
      this.release(entry);
      if (entry.verdict.body instanceof RejectedSpool) entry.verdict.body.discard();
    }
    if (this.paused === session) this.paused = undefined;
  }

  /** Resolves when nothing is left to write. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async run(): Promise<void> {
    // What is in the same chunk of the connection joins the first batch.
    await Promise.resolve();
    while (this.pending.length > 0) {
      const batch = this.take();
      try {
        await this.untilItWorks(() => this.store(batch));
        this.settle(batch);
      } catch {
        // Stopped while the disk failed: the broker keeps what is not acknowledged.
        this.pending = [];
      }
      for (const entry of batch) this.release(entry);
      if (this.paused !== undefined && this.options.status.pendingBytes < PENDING_BYTES / 2) {
        this.paused.resume();
        this.paused = undefined;
      }
    }
    this.running = undefined;
  }

  private take(): Entry[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.pending) {
      bytes += byteLength(entry.verdict.body);
      if (count > 0 && (count >= this.options.config.batch || bytes > BATCH_BYTES)) break;
      count += 1;
    }
    return this.pending.splice(0, count);
  }

  private release(entry: Entry): void {
    this.options.status.pendingMessages -= 1;
    this.options.status.pendingBytes -= weight(entry);
  }

  private async store(batch: readonly Entry[]): Promise<void> {
    const { dedup } = this.options.config;
    // Of files that replace one another only the last is written: two could not be told apart later.
    const collected = new Map<string, Collected>();
    const rejected = new Map<string, Rejected>();
    for (const { verdict } of batch) {
      if (verdict.kind === "reject") rejected.set(verdict.name, verdict);
      else collected.set(dedup === "compat" ? verdict.basename : verdict.name, verdict);
    }
    await this.accepted.put(
      [...collected.values()].map(({ name, body }) => ({ name, content: body })),
    );
    if (dedup === "compat" && collected.size > 0) {
      this.accepted.removeWhere((name) => {
        if (!/^[0-9a-f]{32}-/.test(name)) return false;
        const newer = collected.get(name.slice(33));
        return newer !== undefined && newer.name !== name;
      });
    }
    await this.rejected.put([...rejected.values()].flatMap(rejectedFiles));
  }

  private settle(batch: readonly Entry[]): void {
    const { status, log, printPaths } = this.options;
    const last = batch[batch.length - 1];
    last?.session.acknowledge(last.tag);
    status.batches += 1;
    status.lastFlush = Date.now();
    for (const { verdict } of batch) {
      if (verdict.kind === "collect") {
        status.collected += 1;
        status.collectedBytes += verdict.body.length;
        if (printPaths) log("info", `collected ${join(this.accepted.path, verdict.name)}`);
      } else {
        status.rejected.set(verdict.reason, (status.rejected.get(verdict.reason) ?? 0) + 1);
        const path = join(this.rejected.path, verdict.name);
        log("warn", `rejected ${path}: ${verdict.reason}: ${verdict.detail}`);
      }
    }
  }

  private async untilItWorks<T>(
    work: () => Promise<T>,
    wanted: () => boolean = () => true,
  ): Promise<T> {
    let failing = false;
    try {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await work();
        } catch (error) {
          if (this.options.stop.aborted || !wanted()) throw error;
          if (!failing) this.failing += 1;
          failing = true;
          this.diskFails(error as Error);
          await pause(backoff(attempt), this.options.stop);
        }
      }
    } finally {
      if (failing) this.failing -= 1;
      if (failing && this.failing === 0) this.diskWorks();
    }
  }

  private diskFails(error: Error): void {
    const { status, log } = this.options;
    const reason = `cannot write: ${error.message}`;
    if (status.diskError === undefined) {
      log("error", `${quote(reason)}; nothing is acknowledged until it works`);
    }
    status.diskError = reason;
    status.diskFailures += 1;
  }

  private diskWorks(): void {
    this.options.status.diskError = undefined;
    this.options.log("info", "the disk takes writes again");
  }
}

/** What a message holds of the memory; a spooled body is on disk. */
function weight({ verdict }: Entry): number {
  const body = Buffer.isBuffer(verdict.body) ? verdict.body.length : 0;
  return MESSAGE_BYTES + body + (verdict.kind === "reject" ? verdict.sidecar.length : 0);
}

function rejectedFiles({ name, body, sidecar }: Rejected): NewFile[] {
  const content = Buffer.isBuffer(body) ? body : { temporary: body.temporary };
  return [
    { name, content },
    { name: `${name}.json`, content: sidecar },
  ];
}
