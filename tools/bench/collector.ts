import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { buildSync } from "esbuild";
import type { WorkloadProtocol } from "../../components/config/topology";
import type { CollectorConfig } from "../../workloads/shared/config";
import { startRabbit } from "../../test/live/collector/brokers";
import { Bench } from "../../test/live/collector/harness";
import { rabbitInstalled } from "../../test/support/rabbitmq";
import type { Run } from "./collector-process";

const QUEUE = "bench";

/** Ways to collect, and how many messages each takes a round. */
const MODES = {
  durable: { sync: "durable", batch: 500, share: 1 },
  unsynced: { sync: "unsynced", batch: 500, share: 1 },
  "one by one": { sync: "durable", batch: 1, share: 0.15 },
} as const;
type Mode = keyof typeof MODES;

/** A result of one round. */
interface Sample extends Run {
  perSecond: number;
  cpuMicros: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

async function measure(bench: Bench, mode: Mode, bytes: number, messages: number): Promise<Sample> {
  const { sync, batch, share } = MODES[mode];
  const count = Math.round(messages * share);
  const body = Buffer.alloc(bytes, "collector ");
  const named = Array.from({ length: count }, (_, index) => ({ file: `f${String(index)}`, body }));
  await bench.publish(QUEUE, named);
  // A new folder each time, none removed meanwhile: ext4 looks long for an inode where many were
  // freed a moment ago.
  const outputDir = mkdtempSync(join(bench.home, "out-"));
  const config: CollectorConfig = {
    broker: bench.connection("receiver"),
    queue: QUEUE,
    source: bench.broker.addresses[bench.protocol].source(QUEUE),
    outputDir,
    keyDir: bench.keyDir,
    maxBytes: 16 * 1024 * 1024,
    dedup: "perSender",
    prefetch: 1000,
    batch,
    http: { host: "127.0.0.1", port: 1 },
  };
  const file = bench.write("bench.json", JSON.stringify(config));
  const program = join(bench.home, "collector-process.js");
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    file,
    String(count),
    sync,
  ]);
  const run = JSON.parse(stdout) as Run;
  return {
    ...run,
    perSecond: count / run.wallSeconds,
    cpuMicros: (run.cpuSeconds / count) * 1e6,
  };
}

function report(mode: Mode, samples: readonly Sample[]): void {
  const of = (value: (sample: Sample) => number): number => median(samples.map(value));
  const figures = [
    `${of((it) => it.wallSeconds).toFixed(2)} s wall`,
    `${of((it) => it.cpuSeconds).toFixed(2)} s CPU`,
    `${of((it) => it.perSecond).toFixed(0)} messages/s`,
    `${of((it) => it.cpuMicros).toFixed(0)} µs CPU a message`,
    `${Math.max(...samples.map((it) => it.peakMiB)).toFixed(0)} MiB peak RSS`,
  ];
  process.stdout.write(`  ${mode.padEnd(10)}  ${figures.join(", ")}\n`);
}

/**
 * Drains a real RabbitMQ with the collector: batched and durable, the same without any sync, and
 * one message at a time, by turns. Prints medians and the two ratios that are goals.
 *
 * @param rounds how often each is measured.
 * @param messages of a round with the smaller size; a third of them with the larger one.
 * @param protocol of the collector.
 * @throws Error when there is no RabbitMQ to start.
 */
export async function benchCollector(
  rounds: number,
  messages = 3000,
  protocol: WorkloadProtocol = "stomp",
): Promise<void> {
  if (!rabbitInstalled) {
    throw new Error("RabbitMQ is not installed: apt-get install rabbitmq-server");
  }
  const bench = new Bench(await startRabbit([QUEUE]), protocol);
  const ratios: { durable: number; oneByOne: number }[] = [];
  try {
    buildSync({
      entryPoints: [join(__dirname, "collector-process.ts")],
      outdir: bench.home,
      bundle: true,
      platform: "node",
      target: "node18",
      format: "cjs",
      logLevel: "warning",
    });
    const sizes = [
      { bytes: 256, messages },
      { bytes: 65_536, messages: Math.round(messages / 3) },
    ];
    for (const size of sizes) {
      const samples: Record<Mode, Sample[]> = { durable: [], unsynced: [], "one by one": [] };
      for (let round = 0; round < rounds; round += 1) {
        for (const mode of Object.keys(MODES) as Mode[]) {
          samples[mode].push(await measure(bench, mode, size.bytes, size.messages));
        }
      }
      const load = loadavg()[0]?.toFixed(1) ?? "?";
      process.stdout.write(
        `${protocol}, ${String(size.bytes)} B, ${String(size.messages)} messages, median of ${String(rounds)} rounds, load ${load}\n`,
      );
      for (const mode of Object.keys(MODES) as Mode[]) report(mode, samples[mode]);
      // Within a round both saw the same machine.
      const against = (other: Mode): number =>
        median(
          samples.durable.map(
            (it, round) => it.perSecond / (samples[other][round]?.perSecond ?? NaN),
          ),
        );
      ratios.push({ durable: against("unsynced"), oneByOne: against("one by one") });
    }
  } finally {
    await bench.stop();
  }
  const worst = (value: (ratio: { durable: number; oneByOne: number }) => number): string =>
    Math.min(...ratios.map(value)).toFixed(2);
  process.stdout.write(`durable drain ratio: ${worst((it) => it.durable)}\n`);
  process.stdout.write(`against one by one: ${worst((it) => it.oneByOne)}×\n`);
}

if (require.main === module) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      messages: { type: "string", default: "3000" },
      protocol: { type: "string", default: "stomp" },
    },
  });
  const protocol = values.protocol === "amqp" ? "amqp" : "stomp";
  benchCollector(Number(values.rounds), Number(values.messages), protocol).catch(
    (error: unknown) => {
      process.stderr.write(`collector bench: ${(error as Error).message}\n`);
      process.exitCode = 1;
    },
  );
}
