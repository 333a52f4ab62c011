import type { Endpoint } from "../brokers/broker";
import type { CollectorPlan, SenderPlan } from "../config/topology";
import type { BrokerConnection, CollectorConfig, SenderFile } from "../../workloads/shared/config";

/** Where the files of a workload lie for its process. */
export interface WorkloadFiles {
  readonly passwordFile: string;
  /** Folder of the key files. */
  readonly keyDir: string;
  /** Where the broker's endpoint has TLS. */
  readonly tls?: BrokerConnection["tls"];
}

function connection(
  { host, port }: Endpoint,
  vhost: string,
  user: string,
  { passwordFile, tls }: WorkloadFiles,
): BrokerConnection {
  return {
    protocol: "stomp",
    host,
    port,
    vhost,
    user,
    passwordFile,
    ...(tls !== undefined && { tls }),
  };
}

/**
 * The collector's configuration; it holds no secret.
 *
 * @param httpHost - address that health and metrics are served on.
 */
export function collectorConfig(
  collector: CollectorPlan,
  vhost: string,
  stomp: Endpoint,
  files: WorkloadFiles & { readonly outputDir: string },
  httpHost = "127.0.0.1",
): CollectorConfig {
  return {
    broker: connection(stomp, vhost, collector.user, files),
    queue: collector.queue,
    // Unlike /queue/<name> it never declares the queue, so that the user needs no configure permission.
    source: `/amq/queue/${collector.queue}`,
    outputDir: files.outputDir,
    keyDir: files.keyDir,
    maxBytes: collector.maxBytes,
    dedup: collector.dedup,
    prefetch: 1000,
    batch: 500,
    http: { host: httpHost, port: collector.port },
  };
}

/**
 * The sender's configuration; it holds no secret.
 *
 * @param identity - who sends, or what says so where it runs.
 * @param maxBytes - largest file that it accepts, in bytes.
 */
export function senderConfig(
  sender: SenderPlan,
  identity: SenderFile["sender"],
  vhost: string,
  stomp: Endpoint,
  files: WorkloadFiles & { readonly privateKey: string },
  maxBytes: number,
): SenderFile {
  const target = (queue: string) => ({ queue, destination: `/exchange/${queue}/${queue}` });
  return {
    broker: connection(stomp, vhost, sender.user, files),
    sender: identity,
    privateKeyFile: `${files.keyDir}/${files.privateKey}`,
    maxBytes,
    inventory: target(sender.inventoryQueue),
    log: target(sender.logQueue),
  };
}
