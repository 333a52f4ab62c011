import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  jmxExporterAgent,
  jmxExporterConfig,
} from "../../../../components/brokers/java/jmx-exporter";

interface Rule {
  readonly pattern: string;
  readonly name: string;
  readonly type: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly valueFactor?: number;
}

interface Config {
  readonly httpServer?: unknown;
  readonly includeObjectNames: readonly string[];
  readonly rules: readonly Rule[];
}

/** Read as the agent does, which knows YAML 1.1. */
const read = (text: string): Config => parse(text, { version: "1.1" }) as Config;

/** What the agent makes of an attribute, by its rules: the first one that matches. */
function metric(kind: "activemq" | "artemis", bean: string): object | undefined {
  for (const { pattern, name, labels = {}, valueFactor } of read(jmxExporterConfig(kind)).rules) {
    const match = new RegExp(`^.*(?:${pattern}).*$`, "u").exec(bean);
    if (match === null) continue;
    const values = Object.entries(labels).map(([label, value]): [string, string] => [
      label,
      value.replace(/\$(\d)/g, (_, group: string): string => match[Number(group)] ?? ""),
    ]);
    return {
      name,
      ...(valueFactor !== undefined && { valueFactor }),
      ...Object.fromEntries(values),
    };
  }
  return undefined;
}

/** `javax.management.ObjectName.quote`. */
const quote = (text: string): string => `"${text.replace(/["\\*?]/g, String.raw`\$&`)}"`;

const artemisQueue = (queue: string): string =>
  `org.apache.activemq.artemis<broker="mq-local", component=addresses, address=${quote(queue)}, subcomponent=queues, routing-type="anycast", queue=${quote(queue)}>`;
const activemqQueue = (queue: string): string =>
  `org.apache.activemq<type=Broker, brokerName=mq-local, destinationType=Queue, destinationName=${queue}>`;

describe("ActiveMQ's metrics", () => {
  test.each([
    ["QueueSize", "activemq_queue_size"],
    ["ConsumerCount", "activemq_queue_consumers"],
    ["ProducerCount", "activemq_queue_producers"],
    ["EnqueueCount", "activemq_queue_enqueued_total"],
    ["DequeueCount", "activemq_queue_dequeued_total"],
  ])("of a queue: %s is %s", (attribute, name) => {
    expect(metric("activemq", `${activemqQueue("kermit.log")}<>${attribute}: 7`)).toStrictEqual({
      name,
      queue: "kermit.log",
    });
  });

  test.each([
    ["MemoryPercentUsage", { name: "activemq_memory_usage_ratio", valueFactor: 0.01 }],
    ["StorePercentUsage", { name: "activemq_store_usage_ratio", valueFactor: 0.01 }],
    ["TempPercentUsage", { name: "activemq_temp_usage_ratio", valueFactor: 0.01 }],
    ["CurrentConnectionsCount", { name: "activemq_connections" }],
    ["TotalConnectionsCount", { name: "activemq_connections_opened_total" }],
  ])("of the broker: %s", (attribute, expected) => {
    const bean = `org.apache.activemq<type=Broker, brokerName=mq-local><>${attribute}: 7`;
    expect(metric("activemq", bean)).toStrictEqual(expected);
  });

  test.each(["grün", "a b", String.raw`a\b`, "a&b<c>", "日本", "a_b", "$1"])(
    "a queue that is called %s has its name as a label",
    (queue) => {
      expect(metric("activemq", `${activemqQueue(queue)}<>QueueSize: 1`)).toStrictEqual({
        name: "activemq_queue_size",
        queue,
      });
    },
  );

  test.each([
    `${activemqQueue("q")}<>AverageMessageSize: 1`,
    "org.apache.activemq<type=Broker, brokerName=b, destinationType=Topic, destinationName=t><>ConsumerCount: 1",
    "org.apache.activemq<type=Broker, brokerName=b, destinationType=Queue, destinationName=q, endpoint=Consumer, clientId=c, consumerId=i><>ConsumerCount: 1",
    "org.apache.activemq<type=Broker, brokerName=b><>TotalMessageCount: 1",
  ])("nothing is made of %s", (bean) => {
    expect(metric("activemq", bean)).toBeUndefined();
  });
});

describe("Artemis' metrics", () => {
  test.each([
    ["MessageCount", "artemis_message_count"],
    ["ConsumerCount", "artemis_consumer_count"],
    ["MessagesAdded", "artemis_messages_added_total"],
    ["MessagesAcknowledged", "artemis_messages_acknowledged_total"],
  ])("of a queue: %s is %s", (attribute, name) => {
    expect(metric("artemis", `${artemisQueue("kermit.log")}<>${attribute}: 7`)).toStrictEqual({
      name,
      address: "kermit.log",
      queue: "kermit.log",
    });
  });

  test.each([
    [
      "AddressMemoryUsagePercentage",
      { name: "artemis_address_memory_usage_ratio", valueFactor: 0.01 },
    ],
    ["DiskStoreUsage", { name: "artemis_disk_store_usage_ratio" }],
    ["MaxDiskUsage", { name: "artemis_disk_store_limit_ratio", valueFactor: 0.01 }],
    ["ConnectionCount", { name: "artemis_connection_count" }],
    ["TotalConnectionCount", { name: "artemis_connections_opened_total" }],
  ])("of the broker: %s", (attribute, expected) => {
    const bean = `org.apache.activemq.artemis<broker="mq-local"><>${attribute}: 7`;
    expect(metric("artemis", bean)).toStrictEqual(expected);
  });

  test.each([
    ["grün, x=y:z", "grün, x=y:z"],
    [`a"b`, String.raw`a\"b`],
    [`a", queue="b`, String.raw`a\", queue=\"b`],
    [String.raw`a\b`, String.raw`a\\b`],
    ["a*?", String.raw`a\*\?`],
    ["日本 & <x>", "日本 & <x>"],
  ])("a queue that is called %s has the label %s: Java's way to quote stays", (queue, label) => {
    expect(metric("artemis", `${artemisQueue(queue)}<>MessageCount: 1`)).toStrictEqual({
      name: "artemis_message_count",
      address: label,
      queue: label,
    });
  });

  test.each([
    `${artemisQueue("q")}<>DurableMessageCount: 1`,
    `org.apache.activemq.artemis<broker="b", component=addresses, address="q"><>MessageCount: 1`,
    `org.apache.activemq.artemis<broker="b"><>TotalMessageCount: 1`,
  ])("nothing is made of %s", (bean) => {
    expect(metric("artemis", bean)).toBeUndefined();
  });
});

describe.each(["activemq", "artemis"] as const)("the configuration for %s", (kind) => {
  const config = read(jmxExporterConfig(kind));

  test("asks for the MBeans that it has rules for, and no other", () => {
    expect(config.includeObjectNames).toStrictEqual(
      kind === "activemq"
        ? [
            "org.apache.activemq:type=Broker,brokerName=*,destinationType=Queue,destinationName=*",
            "org.apache.activemq:type=Broker,brokerName=*",
          ]
        : [
            "org.apache.activemq.artemis:broker=*,component=addresses,address=*,subcomponent=queues,routing-type=*,queue=*",
            "org.apache.activemq.artemis:broker=*",
          ],
    );
  });

  test("counts in what is called a total, and in nothing else", () => {
    for (const { name, type } of config.rules) {
      expect(type).toBe(name.endsWith("_total") ? "COUNTER" : "GAUGE");
    }
  });

  test("is plain HTTP without TLS", () => {
    expect(config).not.toHaveProperty("httpServer");
  });
});

test.each([
  "yes",
  "1_000",
  "0777",
  "12:30:45",
  "a: b # c",
  `"'\\`,
  " x ",
  "pässwörd\u2028",
  "null",
  "*a",
])("a password %j stays what it is, as does a path", (password) => {
  const tls = { keyStore: `/tls/${password}.p12`, password, alias: "broker" };
  expect(read(jmxExporterConfig("activemq", tls)).httpServer).toStrictEqual({
    ssl: {
      keyStore: { filename: tls.keyStore, password },
      certificate: { alias: "broker" },
    },
  });
});

test.each([
  [{}, "-javaagent:/agent/agent.jar=9404:/etc/exporter.yaml"],
  [{ host: "127.0.0.1", port: 1 }, "-javaagent:/agent/agent.jar=127.0.0.1:1:/etc/exporter.yaml"],
])("the agent with %j is an argument of java", (where, expected) => {
  const agent = { jar: "/agent/agent.jar", config: "/etc/exporter.yaml", ...where };
  expect(jmxExporterAgent(agent)).toBe(expected);
});
