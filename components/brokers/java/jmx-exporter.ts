import { stringify } from "yaml";
import type { BrokerKind } from "../../config/topology";

/** Where the image of the workloads has the Java agent that exports metrics. */
export const exporterJar = "/usr/local/lib/mq/jmx_prometheus_javaagent.jar";

/** Port that the agent answers on, at `/metrics`: the one that Prometheus has reserved for it. */
export const exporterPort = 9404;

/** Where the agent's key and certificate are; it reads them when it starts only. */
export interface ExporterTls {
  /** Path of a PKCS#12 store; key and store have the same password. */
  readonly keyStore: string;
  readonly password: string;
  /** Name of the key in the store. */
  readonly alias: string;
}

/** An argument of `java`: what the agent is and how it is reached. */
export interface ExporterAgent {
  /** Path of the agent. */
  readonly jar: string;
  /** Path of its configuration, the text of {@link jmxExporterConfig}. */
  readonly config: string;
  /** Default: all addresses. */
  readonly host?: string;
  /** Default: {@link exporterPort}. */
  readonly port?: number;
}

/** Where an attribute of an MBean goes: name, meaning, type; a counter's name ends with `_total`. */
type Metric = readonly [name: string, help: string, type: "GAUGE" | "COUNTER", factor?: number];

/** The MBeans of one kind of thing that a broker has, and what of theirs is exported. */
interface Beans {
  /** Whom the agent asks; what is not named costs nothing. */
  readonly objectName: string;
  /** A regular expression of the object name as the agent writes it, without its domain. */
  readonly pattern: string;
  /** By label: a reference to a group of the pattern. */
  readonly labels?: Readonly<Record<string, string>>;
  /** By attribute. */
  readonly metrics: Readonly<Record<string, Metric>>;
}

interface Exported {
  readonly domain: string;
  readonly beans: readonly Beans[];
}

/** A percentage as a ratio. */
const percent = 0.01;

/** ActiveMQ has `_` for a comma, a colon and a quotation mark in the name of a queue. */
const activemq: Exported = {
  domain: "org.apache.activemq",
  beans: [
    {
      objectName: "type=Broker,brokerName=*,destinationType=Queue,destinationName=*",
      pattern: "type=Broker, brokerName=[^,]+, destinationType=Queue, destinationName=([^,]+)",
      labels: { queue: "$1" },
      metrics: {
        QueueSize: ["activemq_queue_size", "Messages in the queue", "GAUGE"],
        ConsumerCount: ["activemq_queue_consumers", "Consumers of the queue", "GAUGE"],
        ProducerCount: ["activemq_queue_producers", "Producers of the queue", "GAUGE"],
        EnqueueCount: ["activemq_queue_enqueued_total", "Messages put into the queue", "COUNTER"],
        DequeueCount: ["activemq_queue_dequeued_total", "Messages acknowledged", "COUNTER"],
      },
    },
    {
      objectName: "type=Broker,brokerName=*",
      pattern: "type=Broker, brokerName=[^,]+",
      metrics: {
        MemoryPercentUsage: ["activemq_memory_usage_ratio", "Memory in use", "GAUGE", percent],
        StorePercentUsage: ["activemq_store_usage_ratio", "Store in use", "GAUGE", percent],
        TempPercentUsage: ["activemq_temp_usage_ratio", "Temporary store in use", "GAUGE", percent],
        CurrentConnectionsCount: ["activemq_connections", "Open connections", "GAUGE"],
        TotalConnectionsCount: ["activemq_connections_opened_total", "Connections", "COUNTER"],
      },
    },
  ],
};

/** Text in quotation marks, in which `\` stands before `"`, `*`, `?` and itself: so it stays in labels. */
const quoted = String.raw`"((?:[^"\\]|\\.)*)"`;

/** Artemis does not count the producers of a queue. */
const artemis: Exported = {
  domain: "org.apache.activemq.artemis",
  beans: [
    {
      objectName:
        "broker=*,component=addresses,address=*,subcomponent=queues,routing-type=*,queue=*",
      pattern: `broker=${quoted}, component=addresses, address=${quoted}, subcomponent=queues, routing-type=${quoted}, queue=${quoted}`,
      labels: { address: "$2", queue: "$4" },
      metrics: {
        MessageCount: ["artemis_message_count", "Messages in the queue", "GAUGE"],
        ConsumerCount: ["artemis_consumer_count", "Consumers of the queue", "GAUGE"],
        MessagesAdded: ["artemis_messages_added_total", "Messages put into the queue", "COUNTER"],
        MessagesAcknowledged: [
          "artemis_messages_acknowledged_total",
          "Messages acknowledged",
          "COUNTER",
        ],
      },
    },
    {
      objectName: "broker=*",
      pattern: `broker=${quoted}`,
      metrics: {
        AddressMemoryUsagePercentage: [
          "artemis_address_memory_usage_ratio",
          "Memory in use by addresses, of global-max-size",
          "GAUGE",
          percent,
        ],
        DiskStoreUsage: ["artemis_disk_store_usage_ratio", "Disk in use", "GAUGE"],
        MaxDiskUsage: [
          "artemis_disk_store_limit_ratio",
          "Disk in use above which senders are blocked",
          "GAUGE",
          percent,
        ],
        ConnectionCount: ["artemis_connection_count", "Open connections", "GAUGE"],
        TotalConnectionCount: ["artemis_connections_opened_total", "Connections", "COUNTER"],
      },
    },
  ],
};

const exported = { activemq, artemis };

/**
 * The configuration of the Java agent: a small set of metrics that stays the same from release to release, those of the
 * Java virtual machine (`jvm_memory_used_bytes{area="heap"}`) are the agent's own.
 *
 * @returns YAML, with the password of `tls` in it.
 * @see https://prometheus.github.io/jmx_exporter/1.0.1/
 */
export function jmxExporterConfig(
  kind: Exclude<BrokerKind, "rabbitmq">,
  tls?: ExporterTls,
): string {
  const { domain, beans } = exported[kind];
  const config = {
    ...(tls && {
      httpServer: {
        ssl: {
          keyStore: { filename: tls.keyStore, password: tls.password },
          certificate: { alias: tls.alias },
        },
      },
    }),
    includeObjectNames: beans.map(({ objectName }) => `${domain}:${objectName}`),
    rules: beans.flatMap((each) => rules(domain, each)),
  };
  // The agent reads YAML 1.1, in which a plain `yes` or `1_000` is no text.
  return stringify(config, {
    version: "1.1",
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

/** The argument of `java` that loads the agent; it stands before `-jar` and the main class. */
export function jmxExporterAgent({
  jar,
  config,
  host,
  port = exporterPort,
}: ExporterAgent): string {
  return `-javaagent:${jar}=${host === undefined ? "" : `${host}:`}${String(port)}:${config}`;
}

/** Without the agent's cache of matches: it saves no time, and takes 90 KB of the heap for each queue. */
function rules(domain: string, { pattern, labels, metrics }: Beans): object[] {
  return Object.entries(metrics).map(([attribute, [name, help, type, factor]]) => ({
    pattern: `^${domain.replaceAll(".", String.raw`\.`)}<${pattern}><>${attribute}: `,
    name,
    help,
    type,
    ...(labels && { labels }),
    ...(factor !== undefined && { valueFactor: factor }),
  }));
}
