import type { RabbitMqPlan, Queue, TlsPlan } from "../../../config/topology";
import { confLines, enabledPlugins, everywhere, type ConfEntry } from "../rabbitmq-conf";
import { ports, type Protocol } from "./listeners";
import { diskLimit, usableMemory, watermark } from "../../../config/broker-memory";
import { path } from "./paths";
import { isBefore } from "../../kubernetes/version";
import { findsPeersByApi } from "./version";

/** What the configuration of a node follows from. */
export type Configured = Pick<
  RabbitMqPlan,
  "version" | "replicas" | "resources" | "plugins" | "conf" | "tls"
>;

/**
 * The parts of `conf.d` by file name, of which a later one wins over an earlier one.
 *
 * @param queueType - of queues that are declared without one.
 * @see https://www.rabbitmq.com/docs/configure
 */
export function confParts(plan: Configured, queueType: Queue["type"]): Record<string, string> {
  return {
    "10-defaults.conf": defaults(plan),
    "20-cluster.conf": cluster(plan, queueType),
    ...(plan.tls && { "30-tls.conf": tlsListeners(plan.tls) }),
    ...(Object.keys(plan.conf).length > 0 && {
      "90-user.conf": confLines(Object.entries(plan.conf)),
    }),
  };
}

/** `enabled_plugins`: ours and those of the plan. */
export function clusterPlugins({ plugins }: Pick<RabbitMqPlan, "plugins">): string {
  const ours = ["management", "peer_discovery_k8s", "prometheus", "stomp"];
  return enabledPlugins([...new Set([...ours.map((name) => `rabbitmq_${name}`), ...plugins])]);
}

function defaults(plan: Configured): string {
  return confLines([
    ...everywhere,
    // Since 4.0 a node has a user for clients that give none.
    ["anonymous_login_user", "none"],
    ["total_memory_available_override_value", String(usableMemory(plan))],
    ["vm_memory_high_watermark.relative", String(watermark)],
    ["disk_free_limit.absolute", String(diskLimit(plan))],
    ["definitions.import_backend", "local_filesystem"],
    ["definitions.local.path", path.definitions],
    ["definitions.skip_if_unchanged", "true"],
    ["log.console", "true"],
    ["log.file", "false"],
  ]);
}

function cluster(plan: Configured, queueType: Queue["type"]): string {
  return confLines([
    ["cluster_formation.peer_discovery_backend", "kubernetes"],
    ["cluster_formation.target_cluster_size_hint", String(plan.replicas)],
    ...when(
      findsPeersByApi(plan),
      ["cluster_formation.k8s.host", "kubernetes.default.svc"],
      ["cluster_formation.k8s.address_type", "hostname"],
    ),
    // From 4.3 on there is only Khepri, which has no such choice.
    ...when(plan.replicas > 1 && isBefore(plan.version, [4, 3]), [
      "cluster_partition_handling",
      "pause_minority",
    ]),
    ...when(
      queueType === "quorum",
      ["default_queue_type", "quorum"],
      // A client that declares a queue of ours without its type does not mean another queue.
      ["quorum_queue.property_equivalence.relaxed_checks_on_redeclaration", "true"],
    ),
  ]);
}

/** Plain AMQP and STOMP are RabbitMQ's default; plain management is gone where only TLS is named. */
function tlsListeners(plan: TlsPlan): string {
  const plain = plan.plainListeners;
  const port = (protocol: Protocol, of: "plain" | "tls"): string =>
    String(ports[of][protocol].port);
  return confLines([
    ...when(!plain, ["listeners.tcp", "none"], ["stomp.listeners.tcp", "none"]),
    ["listeners.ssl.default", port("amqp", "tls")],
    ["stomp.listeners.ssl.default", port("stomp", "tls")],
    ...certificate("ssl_options"),
    ["ssl_options.verify", plan.clientCertificates ? "verify_peer" : "verify_none"],
    ["ssl_options.fail_if_no_peer_cert", String(plan.clientCertificates)],
    ...when(
      plain,
      ["management.tcp.port", port("management", "plain")],
      ["prometheus.tcp.port", port("prometheus", "plain")],
    ),
    ["management.ssl.port", port("management", "tls")],
    ...certificate("management.ssl"),
    // Unlike the others, this plain listener cannot be shut; nothing outside of the pod reaches it there.
    ...when(!plain, ["prometheus.tcp.ip", "127.0.0.1"]),
    ["prometheus.ssl.port", port("prometheus", "tls")],
    ...certificate("prometheus.ssl"),
  ]);
}

/** The certificate's files, which RabbitMQ reads again when they change, and the TLS versions. */
function certificate(prefix: string): ConfEntry[] {
  return [
    [`${prefix}.cacertfile`, `${path.tls}/ca.crt`],
    [`${prefix}.certfile`, `${path.tls}/tls.crt`],
    [`${prefix}.keyfile`, `${path.tls}/tls.key`],
    [`${prefix}.versions.1`, "tlsv1.3"],
    [`${prefix}.versions.2`, "tlsv1.2"],
  ];
}

function when(condition: boolean, ...entries: ConfEntry[]): ConfEntry[] {
  return condition ? entries : [];
}
