import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jmxExporterConfig } from "../../components/brokers/java/jmx-exporter";
import { issueCertificates } from "../support/certificates";
import { eventually } from "../support/eventually";
import { javaInstalled } from "../support/existing-activemq";
import { heapBytes, MeasuredBroker, queueNames } from "../support/measured-broker";
import type { Metrics, Sample } from "../support/prometheus-text";

const folder = mkdtempSync(join(tmpdir(), "mq-metrics-"));

/** The value of a metric of a queue. */
function ofQueue(metrics: Metrics, name: string, queue: string): number | undefined {
  const samples: Sample[] = metrics.get(name)?.samples ?? [];
  return samples.find(({ labels }) => labels.queue === queue)?.value;
}

const tls = { keyStore: join(folder, "broker.p12"), password: "yes", alias: "broker" };

beforeAll(() => {
  issueCertificates(folder, "ca", { broker: "IP:127.0.0.1" });
  const pair = ["-inkey", "broker.key", "-in", "broker.pem", "-name", tls.alias];
  const store = ["-out", tls.keyStore, "-passout", `pass:${tls.password}`];
  spawnSync("openssl", ["pkcs12", "-export", ...pair, ...store], { cwd: folder });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const expected = {
  activemq: {
    size: "activemq_queue_size",
    consumers: "activemq_queue_consumers",
    put: "activemq_queue_enqueued_total",
    taken: "activemq_queue_dequeued_total",
  },
  artemis: {
    size: "artemis_message_count",
    consumers: "artemis_consumer_count",
    put: "artemis_messages_added_total",
    taken: "artemis_messages_acknowledged_total",
  },
} as const;

describe.skipIf(!javaInstalled).each([
  { kind: "activemq", version: "5.18.3", secure: undefined },
  { kind: "activemq", version: "6.1.7", secure: tls },
  { kind: "artemis", version: "2.44.0", secure: undefined },
] as const)("the metrics of $kind $version", ({ kind, version, secure }) => {
  const broker = new MeasuredBroker(folder, kind, version, secure);
  const names = expected[kind];

  beforeAll(async () => {
    await broker.start();
  });
  afterAll(async () => {
    await broker.stop();
  });

  test("every metric of the rules is there, of its type, and Java's heap", async () => {
    const metrics = await broker.metrics();
    const rules = [...jmxExporterConfig(kind).matchAll(/^ {4}(name|type): "(.+)"$/gm)];
    const wanted: Record<string, string> = {};
    for (let index = 0; index < rules.length; index += 2) {
      wanted[rules[index]?.[2] ?? ""] = rules[index + 1]?.[2]?.toLowerCase() ?? "";
    }
    const found = Object.keys(wanted).map((name) => [name, metrics.get(name)?.type]);
    expect(Object.fromEntries(found)).toStrictEqual(wanted);
    const heap = (metrics.get("jvm_memory_max_bytes")?.samples ?? []).find(
      ({ labels }) => labels.area === "heap",
    );
    expect(heap?.value).toBe(heapBytes);
    expect(metrics.get("jmx_scrape_error")?.samples[0]?.value).toBe(0);
  });

  test("each queue has its name, whatever is in it", async () => {
    const samples = (await broker.metrics()).get(names.size)?.samples ?? [];
    const found = samples.map(({ labels }) => labels.queue);
    expect(found).toEqual(expect.arrayContaining(queueNames));
  });

  test("messages are counted as they come and go", async () => {
    await broker.move(5, 2);
    const seen = await eventually(async () => {
      const metrics = await broker.metrics();
      // The broker counts an acknowledgement, and the end of a connection, a moment later.
      return (
        ofQueue(metrics, names.size, "kermit.log") === 3 &&
        ofQueue(metrics, names.consumers, "kermit.log") === 0 &&
        metrics
      );
    });
    expect(ofQueue(seen, names.put, "kermit.log")).toBe(5);
    expect(ofQueue(seen, names.taken, "kermit.log")).toBe(2);
    expect(ofQueue(seen, names.size, "kermit.inventory")).toBe(0);
    await broker.move(0, 3);
    await eventually(async () => ofQueue(await broker.metrics(), names.size, "kermit.log") === 0);
  });

  test("what is a share of something is between none and all of it", async () => {
    const metrics = await broker.metrics();
    const shares = [...metrics].filter(([name]) => /^(activemq|artemis)_.*_ratio$/.test(name));
    expect(shares.length).toBe(3);
    for (const [, { samples }] of shares) {
      expect(samples).toHaveLength(1);
      expect(samples[0]?.value).toBeGreaterThanOrEqual(0);
      expect(samples[0]?.value).toBeLessThanOrEqual(1);
    }
  });

  if (secure !== undefined) {
    test("the port speaks TLS 1.2 and 1.3, and nothing older", async () => {
      expect(await broker.tlsVersion("TLSv1.3")).toBe("TLSv1.3");
      expect(await broker.tlsVersion("TLSv1.2")).toBe("TLSv1.2");
      expect(await broker.tlsVersion("TLSv1.1")).toBeUndefined();
    });
  }
});
