import {
  artemisSecurity,
  brokersOwn,
  clusterUser,
  deadLetters,
} from "../../access/artemis-security";
import { clusterElements } from "./cluster-xml";
import { nodeProperties } from "./command";
import type { ArtemisConfig } from "./config";
import { clientAcceptor, nodeAcceptor } from "./transport";
import { xml, type Elements } from "./xml";

/**
 * Share of the heap that messages fill before they are written to pages, one of so many: a third. What else is in the heap are
 * frames, which STOMP has as a whole.
 */
const messagesPart = 3;

/**
 * `broker.xml`, the same on all nodes of a cluster. It says all that matters, so that another version's defaults change
 * nothing: confirmed means synced to disk, a full memory pages, and what is not in it is not in the broker.
 *
 * @param clusterPassword - of the user that is an administrator in every Artemis, even in one without a cluster.
 * @throws if a name means something else to the broker than it says, or a listener has TLS and there is no certificate.
 * @see https://activemq.apache.org/components/artemis/documentation/2.44.0/configuration-index.html
 */
export function brokerXml(config: ArtemisConfig, clusterPassword: string): string {
  const core: Elements = {
    "@xmlns": "urn:activemq:core",
    name: `\${${nodeProperties.name}}`,
    "security-enabled": "true",
    "cluster-user": clusterUser,
    "cluster-password": clusterPassword,
    ...journal(config.data),
    "global-max-size": String(Math.floor(config.heapBytes / messagesPart)),
    // Per cent of the disk; then senders wait.
    "max-disk-usage": "90",
    // A broker that hangs is ended, and started again by what runs it.
    "critical-analyzer": "true",
    "critical-analyzer-policy": "HALT",
    // Milliseconds. Certificates and the files here are read again when they have changed.
    "configuration-file-refresh-period": "5000",
    acceptors: { acceptor: acceptors(config) },
    ...clusterElements(config),
    "security-settings": {
      "security-setting": artemisSecurity(config).map(({ match, roles }) => ({
        "@match": match,
        permission: Object.entries(roles).map(([type, names]) => ({
          "@type": type,
          "@roles": names.join(","),
        })),
      })),
    },
    "address-settings": { "address-setting": addressSettings(config) },
    addresses: {
      address: [...config.queues.map(({ name }) => name), ...Object.values(deadLetters)]
        .sort()
        .map((name) => ({ "@name": name, anycast: { queue: { "@name": name, durable: "true" } } })),
    },
  };
  return xml({ configuration: { "@xmlns": "urn:activemq", core } });
}

/** Plain Java files, which every file system can sync; the asynchronous journal needs a native library. */
function journal(data: string): Elements {
  return {
    "persistence-enabled": "true",
    "journal-type": "NIO",
    "journal-datasync": "true",
    "journal-sync-transactional": "true",
    "journal-sync-non-transactional": "true",
    "journal-directory": `${data}/journal`,
    "bindings-directory": `${data}/bindings`,
    "paging-directory": `${data}/paging`,
    "large-messages-directory": `${data}/large-messages`,
    "journal-file-size": "10M",
    "journal-min-files": "2",
    "journal-pool-files": "10",
  };
}

function acceptors(config: ArtemisConfig): Elements[] {
  const clients = config.listeners.map((listener) => clientAcceptor(listener, config));
  const nodes = config.cluster
    ? [{ name: "cluster", uri: nodeAcceptor(config.cluster, config) }]
    : [];
  return [...clients, ...nodes].map(({ name, uri }) => ({ "@name": name, "#": uri }));
}

/** A message is tried for ever, as on RabbitMQ; no client makes a queue by using its name. */
function addressSettings({ cluster }: ArtemisConfig): Elements[] {
  const all: Elements = {
    "dead-letter-address": deadLetters.undelivered,
    "expiry-address": deadLetters.expired,
    "max-delivery-attempts": "-1",
    "redelivery-delay": "0",
    "address-full-policy": "PAGE",
    // Without a limit of its own: all of them together have one.
    "max-size-bytes": "-1",
    "auto-create-queues": "false",
    "auto-create-addresses": "false",
    "auto-delete-queues": "false",
    "auto-delete-addresses": "false",
    "config-delete-queues": "FORCE",
    "config-delete-addresses": "FORCE",
    // Milliseconds until messages go to a node that has a consumer for them.
    ...(cluster && { "redistribution-delay": "0" }),
  };
  // What the broker makes for itself stays, though it is not in its configuration.
  const own: Elements = { "config-delete-queues": "OFF", "config-delete-addresses": "OFF" };
  return [{ "@match": "#", ...all }, ...brokersOwn.map((match) => ({ "@match": match, ...own }))];
}
