import type { CollectorPlan, SenderPlan, WorkloadProtocol } from "../config/topology";
import type { BrokerConnection, CollectorConfig, SenderFile } from "../../workloads/shared/config";
import type { BrokerAccess } from "./fleet-workloads";

/** Where the files of a workload lie for its process. */
export interface WorkloadFiles {
  readonly passwordFile: string;
  /** Folder of the key files. */
  readonly keyDir: string;
  /** Where the broker's endpoint has TLS. */
  readonly tls?: BrokerConnection["tls"];
}

function connection(
  { user, protocol }: { readonly user: string; readonly protocol: WorkloadProtocol },
  vhost: string,
  { endpoints }: BrokerAccess,
  { passwordFile, tls }: WorkloadFiles,
): BrokerConnection {
  const { host, port } = endpoints[protocol];
  return {
    protocol,
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
  broker: BrokerAccess,
  files: WorkloadFiles & { readonly outputDir: string },
  httpHost = "127.0.0.1",
): CollectorConfig {
  return {
    broker: connection(collector, vhost, broker, files),
    queue: collector.queue,
    source: broker.addresses[collector.protocol].source(collector.queue),
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
  broker: BrokerAccess,
  files: WorkloadFiles & { readonly privateKey: string },
  maxBytes: number,
): SenderFile {
  const addresses = broker.addresses[sender.protocol];
  const target = (queue: string) => ({ queue, destination: addresses.target(queue) });
  return {
    broker: connection(sender, vhost, broker, files),
    sender: identity,
    privateKeyFile: `${files.keyDir}/${files.privateKey}`,
    maxBytes,
    inventory: target(sender.inventoryQueue),
    log: target(sender.logQueue),
  };
}
