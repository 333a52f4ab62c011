import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Status } from "../../../../workloads/collector/status";

const folder = join(__dirname, "../../../../docs/monitoring");
const read = (file: string): string => readFileSync(join(folder, file), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const { groups } = parse(read("alerts.yaml")) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  readonly id: number;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(read("dashboard.json")) as { panels: Panel[] };

/** What RabbitMQ 4.0.5 and kube-state-metrics export of what is used here; `up` is Prometheus' own. */
const foreign = [
  "kube_statefulset_replicas",
  "rabbitmq_alarms_free_disk_space_watermark",
  "rabbitmq_alarms_memory_used_watermark",
  "rabbitmq_build_info",
  "rabbitmq_connections",
  "rabbitmq_detailed_queue_consumers",
  "rabbitmq_detailed_queue_messages",
  "rabbitmq_disk_space_available_bytes",
  "rabbitmq_disk_space_available_limit_bytes",
  "rabbitmq_process_resident_memory_bytes",
  "rabbitmq_resident_memory_limit_bytes",
  "rabbitmq_unreachable_cluster_peers_count",
];

/** Names of the metrics that a collector exports. */
function collectorMetrics(): string[] {
  const status = new Status("q");
  status.certificateExpiry = 0;
  return [...status.metrics(true).matchAll(/^(mq_collector_\w+)/gm)].map(([, name]) => name ?? "");
}

test.each([
  ["alerts", rules.map(({ expr }) => expr)],
  ["the dashboard", panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))],
])("X12: %s use metrics that are there", (_, expressions) => {
  const known = new Set([...foreign, ...collectorMetrics()]);
  const used = expressions.flatMap((expr) => expr.match(/\b(?:mq|rabbitmq|kube)_\w+/g) ?? []);
  expect(used.length).toBeGreaterThanOrEqual(expressions.length - 2);
  expect(used.filter((name) => !known.has(name))).toStrictEqual([]);
});

describe("alerts", () => {
  test("there is one for each of these, each name once", () => {
    expect(rules.map(({ alert }) => alert)).toStrictEqual([
      "MqBrokerNodeDown",
      "MqBrokerNodesMissing",
      "MqBrokerNodesApart",
      "MqBrokerMemoryAlarm",
      "MqBrokerDiskAlarm",
      "MqQueueWithoutConsumer",
      "MqCollectorDown",
      "MqCollectorNotReady",
      "MqCollectorDiskFailures",
      "MqCollectorRejects",
      "MqBrokerCertificateEnds",
      "MqBrokerCertificateEndsSoon",
    ]);
  });

  test.each(rules)("$alert says how bad it is, what it is and where", (rule) => {
    expect(["critical", "warning"]).toContain(rule.labels.severity);
    expect(rule.annotations.summary).not.toBe("");
    expect(rule.annotations.description).toContain("{{ $labels.namespace }}");
  });
});

test("the dashboard's panels have ids of their own and do not overlap", () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from(
      { length: w * h },
      (_, index) => `${String(x + (index % w))},${String(y + Math.floor(index / w))}`,
    ),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
