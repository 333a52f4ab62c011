/** A sample of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Metrics by name, as a page of them says. */
export type Metrics = ReadonlyMap<string, { readonly type: string; readonly samples: Sample[] }>;

const name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const label = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const sampleLine = new RegExp(String.raw`^(${name})(?:\{((?:${label},?)*)\})? (\S+)$`);
const oneLabel = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads a page of metrics, strictly.
 *
 * @throws for a line that is none of the format.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parsePrometheusText(text: string): Metrics {
  const types = new Map<string, string>();
  const metrics = new Map<string, { type: string; samples: Sample[] }>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    if (line.startsWith("# TYPE ")) {
      const [, , metric = "", type = ""] = line.split(" ");
      types.set(metric, type);
      continue;
    }
    const [, metric = "", labels = "", value = ""] = sampleLine.exec(line) ?? [];
    if (metric === "" || Number.isNaN(Number(value))) throw new Error(`no metric: ${line}`);
    const of = metrics.get(metric) ?? { type: types.get(metric) ?? "untyped", samples: [] };
    of.samples.push({ labels: labelsOf(labels), value: Number(value) });
    metrics.set(metric, of);
  }
  return metrics;
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(oneLabel)].map(([, key = "", value = ""]) => [
    key,
    value.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped)),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}
