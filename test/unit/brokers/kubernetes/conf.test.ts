import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clusterPlugins, confParts } from "../../../../components/brokers/rabbitmq/kubernetes/conf";
import { brokerPlan, tlsPlan } from "./plans";

type Changes = Parameters<typeof brokerPlan>[0];

/** The settings that hold: RabbitMQ reads the parts by order of name, each over those before it. */
function effective(changes: Changes, queueType: "classic" | "quorum" = "classic") {
  const parts = Object.entries(confParts(brokerPlan(changes), queueType)).sort();
  return Object.assign({}, ...parts.map(([, text]) => readConf(text))) as Record<string, string>;
}

/** One part, as the manual describes it: `key = value` lines; a key may stand once. */
function readConf(text: string): Record<string, string> {
  const settings = text.split("\n").filter((line) => line !== "");
  const entries = settings.map((line) => line.split(" = ", 2) as [string, string]);
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
  return Object.fromEntries(entries);
}

const common = {
  "auth_mechanisms.1": "PLAIN",
  "auth_mechanisms.2": "AMQPLAIN",
  anonymous_login_user: "none",
  total_memory_available_override_value: "1717986918",
  "vm_memory_high_watermark.relative": "0.6",
  "disk_free_limit.absolute": "1030792151",
  max_message_size: "134217728",
  "definitions.import_backend": "local_filesystem",
  "definitions.local.path": "/etc/rabbitmq/definitions",
  "definitions.skip_if_unchanged": "true",
  "log.console": "true",
  "log.file": "false",
  "cluster_formation.peer_discovery_backend": "kubernetes",
};

describe("conf.d", () => {
  test("trap 14: one node of 4.3", () => {
    expect(effective({})).toStrictEqual({
      ...common,
      "cluster_formation.target_cluster_size_hint": "1",
    });
  });

  test("trap 14: three nodes of 4.3, which neither ask Kubernetes nor have partition handling", () => {
    expect(effective({ replicas: 3 }, "quorum")).toStrictEqual({
      ...common,
      "cluster_formation.target_cluster_size_hint": "3",
      default_queue_type: "quorum",
      "quorum_queue.property_equivalence.relaxed_checks_on_redeclaration": "true",
    });
  });

  test("trap 14: three nodes of 4.0, which ask Kubernetes for their peers", () => {
    expect(effective({ replicas: 3, version: [4, 0] })).toStrictEqual({
      ...common,
      "cluster_formation.target_cluster_size_hint": "3",
      "cluster_formation.k8s.host": "kubernetes.default.svc",
      "cluster_formation.k8s.address_type": "hostname",
      cluster_partition_handling: "pause_minority",
    });
  });

  test.each([
    [[4, 1], "pause_minority"],
    [[4, 2], "pause_minority"],
    [[4, 3], undefined],
    [[5, 0], undefined],
  ] as const)(
    "version %j: partition handling %s, nothing of Kubernetes' API",
    (version, expected) => {
      const conf = effective({ replicas: 3, version });
      expect(conf.cluster_partition_handling).toBe(expected);
      expect(Object.keys(conf).filter((key) => key.includes("k8s"))).toStrictEqual([]);
    },
  );

  const certificate = (prefix: string) => ({
    [`${prefix}.cacertfile`]: "/etc/rabbitmq-tls/ca.crt",
    [`${prefix}.certfile`]: "/etc/rabbitmq-tls/tls.crt",
    [`${prefix}.keyfile`]: "/etc/rabbitmq-tls/tls.key",
    [`${prefix}.versions.1`]: "tlsv1.3",
    [`${prefix}.versions.2`]: "tlsv1.2",
  });
  const tls = {
    ...common,
    "cluster_formation.target_cluster_size_hint": "1",
    "listeners.ssl.default": "5671",
    "stomp.listeners.ssl.default": "61614",
    ...certificate("ssl_options"),
    "ssl_options.verify": "verify_none",
    "ssl_options.fail_if_no_peer_cert": "false",
    "management.ssl.port": "15671",
    ...certificate("management.ssl"),
    "prometheus.ssl.port": "15691",
    ...certificate("prometheus.ssl"),
  };

  test("TLS closes what is not TLS", () => {
    expect(effective({ tls: tlsPlan() })).toStrictEqual({
      ...tls,
      "listeners.tcp": "none",
      "stomp.listeners.tcp": "none",
      "prometheus.tcp.ip": "127.0.0.1",
    });
  });

  test("TLS beside plain listeners", () => {
    expect(effective({ tls: tlsPlan({ plainListeners: true }) })).toStrictEqual({
      ...tls,
      "management.tcp.port": "15672",
      "prometheus.tcp.port": "15692",
    });
  });

  test("mTLS: a client without a certificate is refused on AMQP and STOMP", () => {
    expect(effective({ tls: tlsPlan({ clientCertificates: true }) })).toStrictEqual({
      ...tls,
      "listeners.tcp": "none",
      "stomp.listeners.tcp": "none",
      "prometheus.tcp.ip": "127.0.0.1",
      "ssl_options.verify": "verify_peer",
      "ssl_options.fail_if_no_peer_cert": "true",
    });
  });

  test("keys of one's own are last and win", () => {
    const conf = { "vm_memory_high_watermark.relative": "0.5", heartbeat: "30" };
    expect(effective({ conf })).toMatchObject(conf);
    expect(confParts(brokerPlan({ conf }), "classic")["90-user.conf"]).toBe(
      "vm_memory_high_watermark.relative = 0.5\nheartbeat = 30\n",
    );
  });

  test("RMQ: no guest, no user of RabbitMQ's own making, loopback_users untouched", () => {
    const parts = Object.values(confParts(brokerPlan({ tls: tlsPlan() }), "quorum")).join("");
    expect(parts).not.toMatch(/guest|default_user|default_pass|loopback_users|ANONYMOUS/);
  });

  test("any memory: the disk limit is what memory may hold, and both are below the container's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 256, max: 1_000_000 }), (mebibytes) => {
        const memory = `${String(mebibytes)}Mi`;
        const conf = effective({
          resources: { requests: { cpu: "1", memory }, limits: { cpu: "1", memory } },
        });
        const total = Number(conf.total_memory_available_override_value);
        const limit = mebibytes * 1024 ** 2;
        expect(total).toBe(Math.floor(limit - Math.min(limit / 5, 2 * 1024 ** 3)));
        expect(Number(conf["disk_free_limit.absolute"])).toBeGreaterThanOrEqual(total * 0.6);
        expect(Number(conf["disk_free_limit.absolute"])).toBeLessThan(total);
      }),
    );
  });
});

describe("enabled_plugins", () => {
  test("K13: management, peer discovery, Prometheus and STOMP", () => {
    expect(clusterPlugins(brokerPlan())).toBe(
      "[rabbitmq_management,rabbitmq_peer_discovery_k8s,rabbitmq_prometheus,rabbitmq_stomp].\n",
    );
  });

  test("K13: more of them, each once", () => {
    expect(clusterPlugins(brokerPlan({ plugins: ["rabbitmq_stomp", "rabbitmq_shovel"] }))).toBe(
      "[rabbitmq_management,rabbitmq_peer_discovery_k8s,rabbitmq_prometheus,rabbitmq_shovel,rabbitmq_stomp].\n",
    );
  });
});
