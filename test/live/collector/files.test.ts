import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HEADER, sign } from "../../../workloads/shared/signature";
import { rabbitInstalled, type PrivateRabbit } from "../../support/rabbitmq";
import { protocols, startRabbit, type TestBroker } from "./brokers";
import { Bench, files, until, type Message } from "./harness";

const md5 = (...parts: (string | Buffer)[]): string => {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

let bench: Bench<TestBroker & { rabbit: PrivateRabbit }>;
const QUEUES = ["sender", "compat", "none", "links", "keys", "reject", "large"];

const texts = (folder: string): Record<string, string> =>
  Object.fromEntries(files(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

describe.each(protocols)("RabbitMQ by %s", (protocol) => {
  beforeAll(async () => {
    if (rabbitInstalled) bench = new Bench(await startRabbit(QUEUES), protocol);
  });
  afterAll(async () => {
    if (rabbitInstalled) await bench.stop();
  });

  test.skipIf(!rabbitInstalled)(
    "K18: by default a file replaces that of the same name and sender only",
    async () => {
      const collector = await bench.collect({ queue: "sender" });
      await bench.publish("sender", [
        { file: "a.json", body: "1" },
        { file: "a.json.bak", body: "2" },
        { file: "xa.json", body: "3" },
        { file: "a.json", sender: "node-2", body: "4" },
      ]);
      await bench.untilDrained("sender");
      await bench.publish("sender", [{ file: "a.json", body: "5" }]);
      await bench.untilDrained("sender");
      // Two in one batch: the later one holds.
      const many = Array.from({ length: 50 }, (_, index) => ({
        file: "b.json",
        body: String(index),
      }));
      await bench.publish("sender", many);
      await bench.untilDrained("sender");
      expect(texts(collector.out)).toEqual({
        [`${md5("node-1\0a.json")}-a.json`]: "5",
        [`${md5("node-1\0a.json.bak")}-a.json.bak`]: "2",
        [`${md5("node-1\0xa.json")}-xa.json`]: "3",
        [`${md5("node-2\0a.json")}-a.json`]: "4",
        [`${md5("node-1\0b.json")}-b.json`]: "49",
      });
      await collector.signal("SIGTERM");
    },
  );

  test.skipIf(!rabbitInstalled)(
    "K18: dedup compat replaces that of every sender, and nothing that only looks like it",
    async () => {
      const collector = await bench.collect({ queue: "compat", dedup: "compat" });
      await bench.untilReady(collector);
      const others = ["a.json.bak", "xa.json", "aXjson", "notes.txt", `${"0".repeat(31)}-a.json`];
      for (const name of others) writeFileSync(join(collector.out, name), "kept");
      await bench.publish("compat", [
        { file: "a.json", body: "1" },
        { file: "a.json.bak", body: "2" },
        { file: "aXjson", body: "3" },
      ]);
      await bench.untilDrained("compat");
      await bench.publish("compat", [{ file: "a.json", sender: "node-2", body: "4" }]);
      await bench.untilDrained("compat");
      expect(texts(collector.out)).toEqual({
        ...Object.fromEntries(others.map((name) => [name, "kept"])),
        [`${md5("node-2\0a.json")}-a.json`]: "4",
        [`${md5("node-1\0a.json.bak")}-a.json.bak`]: "2",
        [`${md5("node-1\0aXjson")}-aXjson`]: "3",
      });
      await collector.signal("SIGTERM");
    },
  );

  test.skipIf(!rabbitInstalled)(
    "K18: dedup none keeps every message, and a redelivered one once",
    async () => {
      const collector = await bench.collect({ queue: "none", dedup: "none" });
      const sent = ["2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000002Z"] as const;
      const [first, second] = sent;
      await bench.publish("none", [
        { sent: first, body: "1" },
        { sent: first, body: "2" },
        { sent: second, body: "1" },
        { sent: first, body: "1" },
      ]);
      await bench.untilDrained("none");
      const name = (time: string, body: string): string =>
        `${md5(`node-1\0a.json\0${time}\0`, body)}-a.json`;
      expect(texts(collector.out)).toEqual({
        [name(first, "1")]: "1",
        [name(first, "2")]: "2",
        [name(second, "1")]: "1",
      });
      await collector.signal("SIGTERM");
    },
  );

  test.skipIf(!rabbitInstalled)(
    "K18: a link that somebody planted is replaced, never followed",
    async () => {
      const outputDir = join(bench.home, "planted");
      const victim = bench.write("victim", "untouched");
      mkdirSync(join(outputDir, "links"), { recursive: true });
      const name = `${md5("node-1\0a.json")}-a.json`;
      symlinkSync(victim, join(outputDir, "links", name));
      const collector = await bench.collect({ queue: "links", outputDir });
      await bench.publish("links", [{ body: "1" }]);
      await bench.untilDrained("links");
      expect(readFileSync(victim, "utf8")).toBe("untouched");
      expect(lstatSync(join(outputDir, "links", name)).isFile()).toBe(true);
      await collector.signal("SIGTERM");

      const elsewhere = join(bench.home, "elsewhere");
      mkdirSync(elsewhere);
      const second = join(bench.home, "planted-folder");
      mkdirSync(second);
      symlinkSync(elsewhere, join(second, "links"));
      const refusing = await bench.collect({ queue: "links", outputDir: second });
      await refusing.prints(/links: is not a folder; links are not followed here/);
      expect((await bench.ready(refusing)).status).toBe(503);
      expect(await refusing.signal("SIGTERM")).toBe(0);
      expect(readdirSync(elsewhere)).toEqual([]);
    },
  );

  test.skipIf(!rabbitInstalled)(
    "K3: a key is trusted under its file's name, and from SIGHUP on",
    async () => {
      const keyDir = join(bench.home, "keys");
      const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      mkdirSync(keyDir);
      const pem = publicKey.export({ type: "spki", format: "pem" });
      bench.write("keys/old.pem", pem);
      const collector = await bench.collect({ queue: "keys", keyDir });
      await bench.untilReady(collector);
      const message = (file: string, key: string): Message => {
        const origin = { queue: "keys", sender: "node-1", file, sent: "2026-01-01T00:00:00Z" };
        const signature = sign(origin, Buffer.from("x"), privateKey);
        return {
          ...origin,
          body: "x",
          headers: { [HEADER.key]: key, [HEADER.signature]: signature },
        };
      };
      await bench.publish("keys", [message("1", "old"), message("2", "new")]);
      await bench.untilDrained("keys");
      bench.write("keys/new.pem", pem);
      collector.child.kill("SIGHUP");
      await collector.prints(/trusted keys: .*"new"/);
      await bench.publish("keys", [message("3", "new")]);
      await bench.untilDrained("keys");
      expect(
        files(collector.out)
          .map((name) => name.slice(33))
          .sort(),
      ).toEqual(["1", "3"]);
      // A private key has no business there: the keys in use stay.
      bench.write("keys/bad.pem", privateKey.export({ type: "pkcs8", format: "pem" }));
      collector.child.kill("SIGHUP");
      await collector.prints(
        /keys not reloaded: .*bad\.pem: is a private key; the collector takes public/,
      );
      await bench.publish("keys", [message("4", "old")]);
      await bench.untilDrained("keys");
      expect(files(collector.out)).toHaveLength(3);
      await collector.signal("SIGTERM");
    },
  );

  test.skipIf(!rabbitInstalled)(
    "F27: what is unsigned, forged, misnamed or too large is put aside, with the reason",
    async () => {
      const collector = await bench.collect({ queue: "reject", maxBytes: 1000 });
      await bench.untilReady(collector);
      const cases: [reason: string, message: Message][] = [
        ["unsigned", { body: "plain", headers: { [HEADER.signature]: undefined } }],
        [
          "unsigned",
          {
            body: "nobody",
            headers: Object.fromEntries(Object.values(HEADER).map((name) => [name, undefined])),
          },
        ],
        ["unknown-key", { body: "stranger", headers: { [HEADER.key]: "stranger" } }],
        ["unknown-key", { body: "path", headers: { [HEADER.key]: "../trusted/q-public" } }],
        [
          "bad-signature",
          { body: "rubbish", headers: { [HEADER.signature]: "not base64 at all" } },
        ],
        ["bad-signature", { body: "renamed", headers: { [HEADER.file]: "other.json" } }],
        ["bad-signature", { body: "impostor", headers: { [HEADER.sender]: "node-2" } }],
        ["bad-signature", { body: "moved", queue: "log" }],
        ["bad-file-name", { body: "up", file: ".." }],
        ["bad-file-name", { body: "path out", file: "../../../tmp/out" }],
        ["bad-file-name", { body: "line", file: "a\nb" }],
        ["bad-file-name", { body: "long", file: "n".repeat(300) }],
        ["bad-file-name", { body: "none", file: "" }],
        ["too-large", { body: randomBytes(1001) }],
        [
          "headers-too-large",
          {
            body: "wide",
            headers: Object.fromEntries(
              Array.from({ length: 6 }, (_, index) => [`h${String(index)}`, "x".repeat(60_000)]),
            ),
          },
        ],
      ];
      await bench.publish(
        "reject",
        cases.map(([, message]) => ({ ...message })),
      );
      // RabbitMQ refuses a NUL in a STOMP header; by AMQP it can come.
      const { rabbit } = bench.broker;
      const { user, password } = rabbit.admin;
      const amqp = await connect(
        `amqp://${user}:${password}@127.0.0.1:${String(rabbit.ports.amqp)}`,
      );
      const channel = await amqp.createConfirmChannel();
      const headers = { [HEADER.file]: "a\0b", "binary\nname": "v\n\0" };
      channel.publish("", "reject", Buffer.from("nul\n\0\n"), { persistent: true, headers });
      await channel.waitForConfirms();
      await amqp.close();
      await bench.publish("reject", [
        { file: "good.json", body: "" },
        { file: "edge", body: randomBytes(1000) },
      ]);
      await bench.untilDrained("reject");

      expect(
        files(collector.out)
          .map((name) => name.slice(33))
          .sort(),
      ).toEqual(["edge", "good.json"]);
      const aside = join(bench.home, "out/.rejected/reject");
      const sidecars = files(aside).filter(
        (name) => name.endsWith(".json") && files(aside).includes(name.slice(0, -5)),
      );
      expect(sidecars).toHaveLength(cases.length + 1);
      expect(files(aside)).toHaveLength(2 * sidecars.length);
      const found = sidecars.map((name) => {
        const facts = JSON.parse(readFileSync(join(aside, name), "utf8")) as {
          reason: string;
          bytes: number;
        };
        const body = readFileSync(join(aside, name.slice(0, -5)));
        expect(name.slice(0, 32)).toBe(md5(body));
        expect(facts.bytes).toBe(body.length);
        return `${facts.reason} ${md5(body)}`;
      });
      const expected = cases.map(([reason, { body = "" }]) => `${reason} ${md5(body)}`);
      expect(found.sort()).toEqual([...expected, `unsigned ${md5("nul\n\0\n")}`].sort());
      expect(readdirSync(join(bench.home, "out")).sort()).toEqual(
        expect.arrayContaining([".rejected", "reject"]),
      );
      const metrics = await (
        await fetch(`http://127.0.0.1:${String(collector.port)}/metrics`)
      ).text();
      const counts = {
        "bad-file-name": 5,
        "bad-signature": 4,
        "headers-too-large": 1,
        "too-large": 1,
        "unknown-key": 2,
        unsigned: 3,
      };
      for (const [reason, count] of Object.entries(counts)) {
        expect(metrics).toContain(
          `mq_collector_rejected_total{queue="reject",reason="${reason}"} ${String(count)}\n`,
        );
      }
      expect(metrics).toContain('mq_collector_collected_total{queue="reject"} 2\n');
      expect(collector.output.match(/ warn rejected /g)).toHaveLength(cases.length + 1);
      for (const body of ["impostor", "stranger", "rubbish"])
        expect(collector.output).not.toContain(body);
      expect(await collector.signal("SIGTERM")).toBe(0);
    },
  );

  test.skipIf(!rabbitInstalled)(
    "F27: a message of 100 MiB is put aside without being held in memory",
    async () => {
      const body = Buffer.alloc(100 * 1024 * 1024, "0123456789abcde");
      await bench.publish("large", [{ file: "large.bin", body }]);
      await bench.publish("large", [{ file: "after.json", body: "after" }]);
      const collector = await bench.collect({ queue: "large" });
      await bench.untilDrained("large");
      const aside = join(bench.home, "out/.rejected/large");
      const name = `${md5(body)}-large.bin`;
      expect(files(aside)).toEqual([name, `${name}.json`]);
      expect(readFileSync(join(aside, name)).equals(body)).toBe(true);
      await until("the next message", () => files(collector.out).length === 1);
      expect(collector.memory().peak).toBeLessThan(256);
      expect(await collector.signal("SIGTERM")).toBe(0);
      expect(readdirSync(aside).filter((file) => file.startsWith("."))).toEqual([]);
    },
  );
});
