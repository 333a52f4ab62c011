import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newestBrokers } from "./brokers";
import { Bench, files, until } from "./harness";
import { count, expectAll, numbered } from "./messages";

const QUEUES = ["crash", "full", "readonly", "slow", "term"];
/** A file system of a given size needs root. */
const root = process.getuid?.() === 0;
let bench: Bench;

/** A file system of its own, in memory, for an output folder. */
function mount(name: string, size: string): string {
  const path = join(bench.home, name);
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "mq-test", path]);
  onTestFinished(() => {
    execFileSync("umount", ["-l", path]);
  });
  return path;
}

function remount(path: string, options: string): void {
  execFileSync("mount", ["-o", `remount,${options}`, path]);
}

describe.each(newestBrokers)("$broker by $protocol", ({ available, start, protocol }) => {
  beforeAll(async () => {
    if (available) bench = new Bench(await start(QUEUES), protocol);
  });
  afterAll(async () => {
    if (available) await bench.stop();
  });

  test.skipIf(!available)(
    "F23: a collector killed twenty times under load loses nothing and writes nothing twice",
    async () => {
      const each = 250;
      let published = 0;
      const publishing: Promise<void>[] = [];
      let collector;
      for (let kill = 0; kill < 20; kill += 1) {
        publishing.push(bench.publish("crash", numbered(published, each)));
        published += each;
        collector = await bench.collect({ queue: "crash" });
        const before = count(collector.out);
        const { out } = collector;
        await until("the first file", () => count(out) > before);
        await sleep(Math.random() * 80);
        await collector.signal("SIGKILL");
      }
      await Promise.all(publishing);
      const last = await bench.collect({ queue: "crash" });
      await bench.untilDrained("crash");
      expectAll(last.out, published);
      expect(await last.signal("SIGTERM")).toBe(0);
    },
  );

  test.skipIf(!available)(
    "F28: SIGTERM under load ends the collector in order: no message is written twice",
    async () => {
      const total = 3000;
      await bench.publish("term", numbered(0, total));
      const printed: string[] = [];
      for (let run = 0; run < 3; run += 1) {
        const collector = await bench.collect({ queue: "term", batch: 20 }, ["--print-paths"]);
        if (run < 2) await collector.prints(/collected/);
        else await bench.untilDrained("term");
        expect(await collector.signal(run === 0 ? "SIGTERM" : "SIGINT")).toBe(0);
        printed.push(
          ...[...collector.output.matchAll(/collected (\S+)/g)].map((match) => match[1] ?? ""),
        );
        expect(new Set(printed).size).toBe(printed.length);
        expectAll(collector.out, printed.length);
        // What is on disk is acknowledged: the broker has the rest and nothing else.
        await bench.untilLeft("term", total - printed.length);
      }
      expect(printed).toHaveLength(total);
    },
  );

  test.skipIf(!available || !root)(
    "F24: on a full disk the collector stops acknowledging, and resumes by itself",
    async () => {
      const outputDir = mount("full", "1M");
      const large = Array.from({ length: 40 }, (_, index) => ({
        file: `f${String(index)}`,
        body: Buffer.alloc(100_000, index),
      }));
      await bench.publish("full", large);
      const collector = await bench.collect({ queue: "full", outputDir, maxBytes: 200_000 });
      await bench.untilNotReady(collector, /^cannot write: ENOSPC/);
      // A body that is streamed waits as well.
      await bench.publish("full", [{ file: "large", body: Buffer.alloc(2_000_000, 7) }]);
      await sleep(1000);
      expect(await bench.broker.messages("full")).toBe(41 - count(collector.out));
      expect((await fetch(`http://127.0.0.1:${String(collector.port)}/healthz`)).status).toBe(200);
      remount(outputDir, "size=64M");
      await bench.untilReady(collector);
      await bench.untilDrained("full");
      expect(count(collector.out)).toBe(40);
      for (const { file, body } of large) {
        const name = files(collector.out).find((it) => it.slice(33) === file) ?? "";
        expect(readFileSync(join(collector.out, name)).equals(body)).toBe(true);
      }
      expect(files(join(outputDir, ".rejected/full"))).toHaveLength(2);
      expect(collector.output.match(/the disk takes writes again/g)).toHaveLength(1);
      expect(await collector.signal("SIGTERM")).toBe(0);
    },
  );

  test.skipIf(!available)(
    "F24: a folder that cannot be written to makes the collector wait",
    async () => {
      const outputDir = root ? mount("readonly", "16M") : join(bench.home, "readonly");
      const folder = join(outputDir, "readonly");
      mkdirSync(folder, { recursive: true });
      const lock = (locked: boolean): void => {
        if (root) remount(outputDir, locked ? "ro" : "rw");
        else chmodSync(folder, locked ? 0o555 : 0o755);
      };
      const collector = await bench.collect({ queue: "readonly", outputDir });
      await bench.untilReady(collector);
      lock(true);
      // Readiness tells before a message comes.
      await bench.untilNotReady(collector, /EROFS|EACCES/);
      await bench.publish("readonly", numbered(0, 10));
      await collector.prints(/nothing is acknowledged until it works/);
      await bench.untilNotReady(collector, /^cannot write: (EROFS|EACCES)/);
      await bench.untilLeft("readonly", 10);
      // Stopped meanwhile, it ends in order and leaves the messages where they are.
      expect(await collector.signal("SIGTERM")).toBe(0);
      await bench.untilLeft("readonly", 10);
      const again = await bench.collect({ queue: "readonly", outputDir });
      await bench.untilNotReady(again, /^cannot write: (EROFS|EACCES)/);
      lock(false);
      await bench.untilDrained("readonly");
      await bench.untilReady(again);
      expectAll(folder, 10);
      expect(await again.signal("SIGTERM")).toBe(0);
    },
  );

  test.skipIf(!available || !root)(
    "F26: while the disk stalls, memory stays below 256 MiB",
    async () => {
      const outputDir = mount("slow", "1M");
      const total = 1500;
      const body = Buffer.alloc(65_536, 1);
      const messages = Array.from({ length: total }, (_, index) => ({
        file: `f${String(index)}`,
        body,
      }));
      await bench.publish("slow", messages);
      const collector = await bench.collect({ queue: "slow", outputDir });
      await bench.untilNotReady(collector, /ENOSPC/);
      await sleep(3000);
      const left = await bench.broker.messages("slow");
      // The first one came alone, and fitted; a broker that is made to wait does not read its
      // acknowledgement yet.
      expect(left).toBeGreaterThanOrEqual(total - count(collector.out));
      expect(count(collector.out)).toBeLessThanOrEqual(16);
      remount(outputDir, "size=256M");
      await bench.untilDrained("slow");
      expect(count(collector.out)).toBe(total);
      expect(collector.memory().peak).toBeLessThan(256);
      expect(collector.output.match(/subscribed to/g)).toHaveLength(1);
      expect(await collector.signal("SIGTERM")).toBe(0);
    },
  );
});
