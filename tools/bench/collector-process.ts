import "../../workloads/collector/thread-pool";
import { Collector } from "../../workloads/collector/collector";
import { loadCollectorConfig } from "../../workloads/shared/config";
import { connect } from "../../workloads/shared/connect";

/** What one run of the collector took, as its process prints it: one line of JSON. */
export interface Run {
  /** From the connection to the last acknowledgement. */
  wallSeconds: number;
  /** Of the whole process, its start included. */
  cpuSeconds: number;
  peakMiB: number;
}

/**
 * The collector of the benchmark: `CONFIG COUNT (durable|unsynced)`. It collects that many messages
 * and ends; only here can it be told not to sync.
 */
async function main(): Promise<void> {
  const [configFile = "", count = "0", mode] = process.argv.slice(2);
  const stop = new AbortController();
  let started = 0;
  const collector = new Collector(loadCollectorConfig(configFile), {
    connect: async (options) => {
      const session = await connect(options);
      started = performance.now();
      return session;
    },
    log: (level, text) => {
      if (level !== "info") process.stderr.write(`${text}\n`);
    },
    printPaths: false,
    sync: mode === "durable",
    stop: stop.signal,
  });
  let wallSeconds = 0;
  const watch = setInterval(() => {
    if (collector.status.collected < Number(count)) return;
    wallSeconds = (performance.now() - started) / 1000;
    clearInterval(watch);
    stop.abort();
  }, 1);
  await collector.run();
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const run: Run = {
    wallSeconds,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMiB: maxRSS / 1024,
  };
  process.stdout.write(`${JSON.stringify(run)}\n`);
}

void main();
