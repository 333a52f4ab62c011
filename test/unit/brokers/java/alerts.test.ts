import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { jmxExporterConfig } from "../../../../components/brokers/java/jmx-exporter";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Alerts {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const read = (file: string): Alerts =>
  parse(readFileSync(join(__dirname, "../../../../docs/monitoring", file), "utf8")) as Alerts;

const { groups } = read("alerts-java-brokers.yaml");

/** Names of the metrics that the agent exports of a broker. */
function metricsOf(kind: "activemq" | "artemis"): string[] {
  const { rules } = parse(jmxExporterConfig(kind)) as { rules: { name: string }[] };
  return rules.map(({ name }) => name);
}

test("there are alerts for each broker, each name once", () => {
  const names = Object.fromEntries(
    groups.map(({ name, rules }) => [name, rules.map(({ alert }) => alert)]),
  );
  expect(names).toStrictEqual({
    "mq-activemq": [
      "MqBrokerNodeDown",
      "MqBrokerMemoryHigh",
      "MqBrokerStoreHigh",
      "MqQueueWithoutConsumer",
      "MqQueueGrows",
    ],
    "mq-artemis": [
      "MqBrokerNodeDown",
      "MqBrokerNodesMissing",
      "MqBrokerMemoryHigh",
      "MqBrokerStoreHigh",
      "MqQueueWithoutConsumer",
      "MqQueueGrows",
    ],
  });
});

describe.each(["activemq", "artemis"] as const)("X12: %s:", (kind) => {
  const rules = groups.find(({ name }) => name === `mq-${kind}`)?.rules ?? [];

  test("the alerts use metrics that are there", () => {
    const known = [...metricsOf(kind), "kube_statefulset_replicas"];
    const used = rules.map(({ expr }) => expr.match(/\b(?:activemq|artemis|kube)_\w+/g) ?? []);
    expect(used.flat().filter((name) => !known.includes(name))).toStrictEqual([]);
    const without = rules.filter((_, index) => used[index]?.length === 0);
    expect(without.map(({ expr }) => expr)).toStrictEqual([`up{job="${kind}"} == 0`]);
  });

  test("each alert says how bad it is, what it is and where", () => {
    for (const { labels, annotations } of rules) {
      expect(["critical", "warning"]).toContain(labels.severity);
      expect(annotations.summary).not.toBe("");
      expect(annotations.description).toContain("{{ $labels.namespace }}");
    }
  });
});

test("an alert that has RabbitMQ's name is as bad as RabbitMQ's", () => {
  const severities = new Map(
    read("alerts.yaml").groups.flatMap(({ rules }) =>
      rules.map(({ alert, labels }) => [alert, labels.severity]),
    ),
  );
  const same = groups.flatMap(({ rules }) => rules).filter(({ alert }) => severities.has(alert));
  expect(same.length).toBe(5);
  for (const { alert, labels } of same) expect(labels.severity).toBe(severities.get(alert));
});
