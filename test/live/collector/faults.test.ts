import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { rabbitInstalled } from "../../support/rabbitmq";
import { Bench, files, until, type Message, type Program } from "./harness";

const QUEUES = ["crash", "broker", "full", "readonly", "deleted", "slow", "stopped", "term"];
const root = process.getuid?.() === 0;
/** A file system of a given size needs root. */
const mountable = rabbitInstalled && root;

let bench: Bench;
beforeAll(async () => {
  if (rabbitInstalled) bench = await Bench.start(QUEUES);
});
afterAll(async () => {
  if (rabbitInstalled) await bench.stop();
});

const bodyOf = (name: string): string => `${name}\n`.repeat(20);

/** Messages whose body tells their name. */
function* numbered(from: number, count: number): Iterable<Message> {
  for (let index = from; index < from + count; index += 1) {
    const file = `f${String(index)}.json`;
    yield { file, body: bodyOf(file) };
  }
}

/** All of the messages are there, each once, under its only name, with its own bytes. */
function expectAll(folder: string, count: number): void {
  const names = files(folder);
  expect(names).toHaveLength(count);
  const bases = new Set(names.map((name) => name.slice(33)));
  expect(bases.size).toBe(count);
  for (const name of names) {
    expect(readFileSync(join(folder, name), "utf8")).toBe(bodyOf(name.slice(33)));
    const md5 = createHash("md5")
      .update(`node-1\0${name.slice(33)}`)
      .digest("hex");
    expect(name.slice(0, 32)).toBe(md5);
  }
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
}

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

async function untilNotReady(collector: Program & { port: number }, reason: RegExp): Promise<void> {
  await until(`${String(reason)} in /readyz`, async () => {
    const { status, text } = await bench.ready(collector);
    return status === 503 && reason.test(text);
  });
}

const count = (folder: string): number => {
  try {
    return files(folder).length;
  } catch {
    return 0;
  }
};

test.skipIf(!rabbitInstalled)(
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

test.skipIf(!rabbitInstalled)(
  "F28: SIGTERM under load ends the collector in order: no message is written twice",
  async () => {
    const total = 3000;
    await bench.publish("term", numbered(0, total));
    const printed: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      const collector = await bench.collect({ queue: "term" }, ["--print-paths"]);
      if (run < 2) await collector.prints(/collected/);
      else await bench.untilDrained("term");
      expect(await collector.signal(run === 0 ? "SIGTERM" : "SIGINT")).toBe(0);
      printed.push(
        ...[...collector.output.matchAll(/collected (\S+)/g)].map((match) => match[1] ?? ""),
      );
      expect(new Set(printed).size).toBe(printed.length);
      expectAll(collector.out, printed.length);
      // What is on disk is acknowledged: the broker has the rest and nothing else.
      expect(await bench.rabbit.depth("term")).toEqual({
        ready: total - printed.length,
        unacked: 0,
      });
    }
    expect(printed).toHaveLength(total);
  },
);

test.skipIf(!mountable)(
  "F24: on a full disk the collector stops acknowledging, and resumes by itself",
  async () => {
    const outputDir = mount("full", "1M");
    const large = Array.from({ length: 40 }, (_, index) => ({
      file: `f${String(index)}`,
      body: Buffer.alloc(100_000, index),
    }));
    await bench.publish("full", large);
    const collector = await bench.collect({ queue: "full", outputDir, maxBytes: 200_000 });
    await untilNotReady(collector, /^cannot write: ENOSPC/);
    // A body that is streamed waits as well.
    await bench.publish("full", [{ file: "large", body: Buffer.alloc(2_000_000, 7) }]);
    await sleep(1000);
    const { ready, unacked } = await bench.rabbit.depth("full");
    expect(ready + unacked).toBe(41 - count(collector.out));
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

test.skipIf(!rabbitInstalled)(
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
    await untilNotReady(collector, /EROFS|EACCES/);
    await bench.publish("readonly", numbered(0, 10));
    await collector.prints(/nothing is acknowledged until it works/);
    await untilNotReady(collector, /^cannot write: (EROFS|EACCES)/);
    const { ready, unacked } = await bench.rabbit.depth("readonly");
    expect(ready + unacked).toBe(10);
    // Stopped meanwhile, it ends in order and leaves the messages where they are.
    expect(await collector.signal("SIGTERM")).toBe(0);
    expect(await bench.rabbit.depth("readonly")).toEqual({ ready: 10, unacked: 0 });
    const again = await bench.collect({ queue: "readonly", outputDir });
    await untilNotReady(again, /^cannot write: (EROFS|EACCES)/);
    lock(false);
    await bench.untilDrained("readonly");
    await bench.untilReady(again);
    expectAll(folder, 10);
    expect(await again.signal("SIGTERM")).toBe(0);
  },
);

test.skipIf(!rabbitInstalled)(
  "F25: a queue deleted under the collector is subscribed again when it is back",
  async () => {
    const collector = await bench.collect({ queue: "deleted" });
    await bench.untilReady(collector);
    await bench.rabbit.api("DELETE", "/queues/%2F/deleted");
    await collector.prints(/The server has canceled a subscription/);
    await collector.prints(/NOT_FOUND - no queue 'deleted'/);
    await untilNotReady(collector, /^not subscribed to deleted$/m);
    await bench.rabbit.declare("deleted");
    await bench.untilReady(collector);
    await bench.publish("deleted", numbered(0, 10));
    await bench.untilDrained("deleted");
    expectAll(collector.out, 10);
    expect(await collector.signal("SIGTERM")).toBe(0);
  },
);

test.skipIf(!mountable)("F26: while the disk stalls, memory stays below 256 MiB", async () => {
  const outputDir = mount("slow", "1M");
  const total = 1500;
  const body = Buffer.alloc(65_536, 1);
  const messages = Array.from({ length: total }, (_, index) => ({
    file: `f${String(index)}`,
    body,
  }));
  await bench.publish("slow", messages);
  const collector = await bench.collect({ queue: "slow", outputDir });
  await untilNotReady(collector, /ENOSPC/);
  await sleep(3000);
  const { ready, unacked } = await bench.rabbit.depth("slow");
  // The first one came alone, and fitted; a broker that is made to wait does not read its
  // acknowledgement yet.
  expect(ready + unacked).toBeGreaterThanOrEqual(total - count(collector.out));
  expect(count(collector.out)).toBeLessThan(16);
  expect(unacked).toBeLessThanOrEqual(1000);
  remount(outputDir, "size=256M");
  await bench.untilDrained("slow");
  expect(count(collector.out)).toBe(total);
  expect(collector.memory().peak).toBeLessThan(256);
  expect(collector.output.match(/subscribed to/g)).toHaveLength(1);
  expect(await collector.signal("SIGTERM")).toBe(0);
});

test.skipIf(!rabbitInstalled)(
  "F26: a collector that stands still holds no more than its prefetch, and goes on",
  async () => {
    const total = 2000;
    const collector = await bench.collect({ queue: "stopped", prefetch: 300 });
    await bench.untilReady(collector);
    collector.child.kill("SIGSTOP");
    await bench.publish("stopped", numbered(0, total));
    await sleep(2000);
    expect(await bench.rabbit.depth("stopped")).toEqual({ ready: total - 300, unacked: 300 });
    collector.child.kill("SIGCONT");
    await bench.untilDrained("stopped");
    expectAll(collector.out, total);
    expect(await collector.signal("SIGTERM")).toBe(0);
  },
);

// The last one: the broker of all of them is killed.
test.skipIf(!rabbitInstalled)(
  "F22: a broker killed while it is drained, and started again, costs no message",
  async () => {
    const total = 4000;
    await bench.publish("broker", numbered(0, total));
    const collector = await bench.collect({ queue: "broker" });
    await until("some files", () => count(collector.out) > 100);
    await bench.rabbit.kill();
    await collector.prints(/next attempt in/);
    const printed = collector.output.length;
    expect(count(collector.out)).toBeLessThan(total);
    await untilNotReady(collector, /not subscribed/);
    await bench.rabbit.startAgain();
    await bench.untilDrained("broker");
    expectAll(collector.out, total);
    await bench.untilReady(collector);
    expect(collector.output.slice(printed).match(/subscribed to/g)).toHaveLength(1);
    expect(await collector.signal("SIGTERM")).toBe(0);
  },
);
