import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Collected, Rejected } from "../../../workloads/collector/intake";
import { Status } from "../../../workloads/collector/status";
import { Writer } from "../../../workloads/collector/writer";
import type { Session } from "../../../workloads/shared/protocol";

let home: string;
let status: Status;
let lines: string[];
let stop: AbortController;
let writer: Writer;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "mq-writer-"));
  status = new Status("q");
  lines = [];
  stop = new AbortController();
  writer = new Writer({
    config: { queue: "q", outputDir: home, batch: 10, dedup: "perSender" },
    status,
    log: (level, text) => lines.push(`${level} ${text}`),
    printPaths: false,
    sync: true,
    stop: stop.signal,
  });
  await writer.open();
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const md5 = "0123456789abcdef0123456789abcdef";

function collected(basename: string, body: Buffer | string = basename): Collected {
  return { kind: "collect", name: `${md5}-${basename}`, basename, body: Buffer.from(body) };
}

/** A session that notes what it is told, and what was on disk when it was. */
function session(): Session & { acknowledged: { tag: string; files: number }[]; paused: boolean } {
  const it = {
    acknowledged: [] as { tag: string; files: number }[],
    paused: false,
    closed: new Promise<undefined>(() => undefined),
    certificateExpiry: undefined,
    acknowledge: (tag: string) => {
      const names = readdirSync(join(home, "q")).filter((name) => !name.startsWith("."));
      it.acknowledged.push({ tag, files: names.length });
    },
    pause: () => {
      it.paused = true;
    },
    resume: () => {
      it.paused = false;
    },
    subscribe: () => Promise.resolve(),
    send: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return it;
}

test("a batch is acknowledged once, by its last message, when all of it is on disk", async () => {
  const broker = session();
  for (let index = 1; index <= 25; index += 1) {
    writer.add({ verdict: collected(`f${String(index)}`), session: broker, tag: String(index) });
  }
  await writer.idle();
  expect(broker.acknowledged).toEqual([
    { tag: "10", files: 10 },
    { tag: "20", files: 20 },
    { tag: "25", files: 25 },
  ]);
  expect(readFileSync(join(home, "q", `${md5}-f7`), "utf8")).toBe("f7");
  const { batches, collected: count, collectedBytes, pendingMessages, pendingBytes } = status;
  expect({ batches, count, pendingMessages, pendingBytes }).toEqual({
    batches: 3,
    count: 25,
    pendingMessages: 0,
    pendingBytes: 0,
  });
  expect(collectedBytes).toBe(9 * 2 + 16 * 3);
});

test("rejected messages are put aside in the order of the others, with what is known", async () => {
  const broker = session();
  const rejected: Rejected = {
    kind: "reject",
    name: `${md5}-x`,
    body: Buffer.from("body"),
    sidecar: Buffer.from("{}\n"),
    reason: "unsigned",
    detail: "without mq-key",
  };
  writer.add({ verdict: collected("a"), session: broker, tag: "1" });
  writer.add({ verdict: rejected, session: broker, tag: "2" });
  await writer.idle();
  expect(broker.acknowledged).toEqual([{ tag: "2", files: 1 }]);
  expect(readdirSync(join(home, ".rejected/q")).sort()).toEqual([`${md5}-x`, `${md5}-x.json`]);
  expect(status.rejected.get("unsigned")).toBe(1);
  expect(lines).toEqual([`warn rejected ${home}/.rejected/q/${md5}-x: unsigned: without mq-key`]);
});

test("the broker waits while too many bytes are not on disk", async () => {
  const broker = session();
  const body = Buffer.alloc(9 * 1024 * 1024);
  for (let index = 1; index <= 3; index += 1) {
    writer.add({
      verdict: collected(`f${String(index)}`, body),
      session: broker,
      tag: String(index),
    });
    expect(broker.paused).toBe(false);
  }
  writer.add({ verdict: collected("f4", body), session: broker, tag: "4" });
  expect(broker.paused).toBe(true);
  await writer.idle();
  expect(broker.paused).toBe(false);
  // Larger than a batch may be, each is one of its own.
  expect(broker.acknowledged.map(({ tag }) => tag)).toEqual(["1", "2", "3", "4"]);
});

test("what a lost connection delivered is forgotten, but for the batch that is being written", async () => {
  const [lost, next] = [session(), session()];
  for (let index = 1; index <= 15; index += 1) {
    writer.add({ verdict: collected(`f${String(index)}`), session: lost, tag: String(index) });
  }
  await sleep(0);
  writer.forget(lost);
  writer.add({ verdict: collected("g"), session: next, tag: "1" });
  await writer.idle();
  expect(readdirSync(join(home, "q"))).toHaveLength(11);
  expect(next.acknowledged).toEqual([{ tag: "1", files: 11 }]);
  expect(status.pendingMessages).toBe(0);
});

/** Puts something into the way of the writer that no user's rights overcome. */
function block(name: string): void {
  mkdirSync(join(home, "q", `${md5}-${name}`));
  writeFileSync(join(home, "q", `${md5}-${name}`, "inside"), "");
}

test("as long as the disk fails nothing is acknowledged, and the same batch is tried again", async () => {
  const broker = session();
  block("b");
  writer.add({ verdict: collected("a"), session: broker, tag: "1" });
  writer.add({ verdict: collected("b"), session: broker, tag: "2" });
  while (status.diskFailures < 2) await sleep(20);
  expect(broker.acknowledged).toEqual([]);
  expect(status.problem).toMatch(/^cannot write: (EISDIR|ENOTEMPTY|EEXIST)/);
  expect(lines).toHaveLength(1);
  rmSync(join(home, "q", `${md5}-b`), { recursive: true });
  await writer.idle();
  expect(broker.acknowledged).toEqual([{ tag: "2", files: 2 }]);
  expect(status.diskError).toBeUndefined();
  expect(lines[1]).toBe("info the disk takes writes again");
  expect(readdirSync(join(home, "q")).filter((name) => name.startsWith("."))).toEqual([]);
});

test("a streamed body that is in its place already does not stop the next attempt", async () => {
  const broker = session();
  const folder = join(home, ".rejected/q");
  const spool = writer.spool();
  await spool.write(Buffer.from("large "));
  await spool.write(Buffer.from("body"));
  await spool.end();
  const name = `${spool.md5}-x`;
  mkdirSync(join(folder, `${name}.json`));
  const verdict: Rejected = {
    kind: "reject",
    name,
    body: spool,
    sidecar: Buffer.from("{}\n"),
    reason: "too-large",
    detail: "",
  };
  writer.add({ verdict, session: broker, tag: "1" });
  while (status.diskFailures < 2) await sleep(20);
  rmSync(join(folder, `${name}.json`), { recursive: true });
  await writer.idle();
  expect(broker.acknowledged).toHaveLength(1);
  expect(readdirSync(folder).sort()).toEqual([name, `${name}.json`]);
  expect(readFileSync(join(folder, name), "utf8")).toBe("large body");
});

test("stopped while the disk fails, it leaves the messages to the broker", async () => {
  const broker = session();
  block("a");
  writer.add({ verdict: collected("a"), session: broker, tag: "1" });
  while (status.diskFailures < 1) await sleep(20);
  stop.abort();
  await writer.idle();
  expect(broker.acknowledged).toEqual([]);
  expect(status.collected).toBe(0);
});

test("what an earlier process left unfinished is removed, and nothing else", async () => {
  const names = [".mq-12-3.tmp", ".keep", ".mq-12-3.tmp.bak", `${md5}-a`];
  for (const name of names) writeFileSync(join(home, "q", name), "");
  await writer.open();
  expect(readdirSync(join(home, "q")).sort()).toEqual(names.slice(1).sort());
});

test("a folder that was removed meanwhile is made again", async () => {
  const broker = session();
  rmSync(join(home, "q"), { recursive: true });
  writer.add({ verdict: collected("a"), session: broker, tag: "1" });
  await writer.idle();
  expect(existsSync(join(home, "q", `${md5}-a`))).toBe(true);
});
