import type { Broker } from "../brokers/broker";
import type { CollectorPlan, SenderPlan } from "../config/topology";
import type {
  BrokerConnection,
  CollectorConfig,
  SenderConfig,
} from "../../workloads/shared/config";

/** Where the files of a workload lie on its host. */
export interface WorkloadFiles {
  readonly passwordFile: string;
  /** Folder of the key files. */
  readonly keyDir: string;
}

function connection(
  stomp: Broker["endpoints"]["stomp"],
  vhost: string,
  user: string,
  passwordFile: string,
): BrokerConnection {
  return { protocol: "stomp", host: stomp.host, port: stomp.port, vhost, user, passwordFile };
}

/** The collector's configuration; it holds no secret. */
export function collectorConfig(
  collector: CollectorPlan,
  vhost: string,
  stomp: Broker["endpoints"]["stomp"],
  files: WorkloadFiles & { readonly outputDir: string },
): CollectorConfig {
  return {
    broker: connection(stomp, vhost, collector.user, files.passwordFile),
    queue: collector.queue,
    // Unlike /queue/<name> it never declares the queue, so that the user needs no configure permission.
    source: `/amq/queue/${collector.queue}`,
    outputDir: files.outputDir,
    keyDir: files.keyDir,
    maxBytes: collector.maxBytes,
    dedup: collector.dedup,
    prefetch: 1000,
    batch: 500,
    http: { host: "127.0.0.1", port: collector.port },
  };
}

/**
 * The sender's configuration; it holds no secret.
 *
 * @param maxBytes - largest file that it accepts, in bytes.
 */
export function senderConfig(
  sender: SenderPlan,
  host: string,
  vhost: string,
  stomp: Broker["endpoints"]["stomp"],
  files: WorkloadFiles & { readonly privateKey: string },
  maxBytes: number,
): SenderConfig {
  const target = (queue: string) => ({ queue, destination: `/exchange/${queue}/${queue}` });
  return {
    broker: connection(stomp, vhost, sender.user, files.passwordFile),
    sender: host,
    privateKeyFile: `${files.keyDir}/${files.privateKey}`,
    maxBytes,
    inventory: target(sender.inventoryQueue),
    log: target(sender.logQueue),
  };
}
