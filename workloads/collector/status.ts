import { REASONS, type Reason } from "./intake";

/** What the collector knows about itself: read by the health endpoint and by Prometheus. */
export class Status {
  collected = 0;
  collectedBytes = 0;
  batches = 0;
  connections = 0;
  diskFailures = 0;
  /** When the last batch was on disk, in milliseconds since 1970. */
  lastFlush = 0;
  pendingMessages = 0;
  pendingBytes = 0;
  subscribed = false;
  /** When the certificate that the broker showed ends, in milliseconds since 1970; undefined without TLS. */
  certificateExpiry: number | undefined;
  /** Why the disk does not take writes, if so. */
  diskError: string | undefined;
  readonly rejected = new Map<Reason, number>(REASONS.map((reason) => [reason, 0]));

  constructor(private readonly queue: string) {}

  /** Why the collector is not ready, or nothing when it is. */
  get problem(): string | undefined {
    if (this.diskError !== undefined) return this.diskError;
    return this.subscribed ? undefined : `not subscribed to ${this.queue}`;
  }

  /** Prometheus text format 0.0.4. */
  metrics(ready: boolean): string {
    const queue = `queue="${this.queue.replace(/["\\]/g, "\\$&")}"`;
    const lines: string[] = [];
    const add = (
      type: string,
      name: string,
      help: string,
      samples: [labels: string, value: number][],
    ): void => {
      lines.push(`# HELP mq_collector_${name} ${help}`, `# TYPE mq_collector_${name} ${type}`);
      for (const [labels, value] of samples) {
        lines.push(`mq_collector_${name}{${queue}${labels}} ${String(value)}`);
      }
    };
    const counter = (name: string, help: string, value: number): void => {
      add("counter", name, help, [["", value]]);
    };
    const gauge = (name: string, help: string, value: number): void => {
      add("gauge", name, help, [["", value]]);
    };
    counter("collected_total", "Messages on disk and acknowledged.", this.collected);
    counter("collected_bytes_total", "Bytes of those messages.", this.collectedBytes);
    add(
      "counter",
      "rejected_total",
      "Messages put aside, by reason.",
      [...this.rejected].map(([reason, value]) => [`,reason="${reason}"`, value]),
    );
    counter("batches_total", "Batches synced to disk.", this.batches);
    counter("connections_total", "Connections to the broker.", this.connections);
    counter("disk_failures_total", "Writes that failed and were repeated.", this.diskFailures);
    gauge("last_flush_timestamp_seconds", "When a batch was last synced.", this.lastFlush / 1000);
    gauge("pending_messages", "Messages received and not yet on disk.", this.pendingMessages);
    gauge("pending_bytes", "Bytes of those messages.", this.pendingBytes);
    gauge("ready", "1 while subscribed and the disk takes writes.", ready ? 1 : 0);
    if (this.certificateExpiry !== undefined) {
      gauge(
        "broker_certificate_expiry_timestamp_seconds",
        "When the certificate that the broker showed ends.",
        this.certificateExpiry / 1000,
      );
    }
    return `${lines.join("\n")}\n`;
  }
}
