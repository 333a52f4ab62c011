import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectDir } from "../lib/workspace";
import { BenchStack } from "./bench-stack";
import { growthExponent, median, type Target } from "./figures";
import { measure, type Measured } from "./measured";
import type { BenchCluster } from "./stack-cluster";
import { objectsOf } from "./stack-objects";

/** How many times the stack is there in one. */
const sizes = [1, 3, 10];

const steps = ["up", "preview", "apply", "diff"] as const;
/** What one round took of Pulumi, and of kubectl on the same objects. */
type Round = Readonly<Record<(typeof steps)[number], Measured>>;

/**
 * Pulumi against kubectl on the objects of the stack prod, once, three and ten times in one stack, by turns; each round in
 * namespaces of its own. Prints the medians. @returns the targets.
 */
export async function benchSites(
  cluster: BenchCluster,
  folder: string,
  rounds: number,
): Promise<Target[]> {
  await once(cluster, folder, 0, 1);
  const results = new Map<number, Round[]>(sizes.map((size) => [size, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const size of sizes) {
      results.get(size)?.push(await once(cluster, folder, round, size));
    }
  }
  for (const [size, each] of results) console.log(`  ${String(size)} × prod: ${medians(each)}`);
  return targets(results);
}

function targets(results: ReadonlyMap<number, readonly Round[]>): Target[] {
  const [one = [], ten = []] = [results.get(1), results.get(10)];
  const ratio = (each: readonly Round[], step: keyof Round, by: keyof Round): number =>
    median(each.map((round) => round[step].seconds / round[by].seconds));
  const points = [...results].map(([size, each]) => ({
    size,
    value: median(each.map(({ up }) => up.cpuSeconds)),
  }));
  return [
    { what: "up ÷ kubectl apply", ratio: ratio(one, "up", "apply"), most: 10 },
    { what: "no-op preview ÷ kubectl diff", ratio: ratio(one, "preview", "diff"), most: 3 },
    { what: "ten in one: up ÷ kubectl apply", ratio: ratio(ten, "up", "apply"), most: 8 },
    {
      what: "ten in one: no-op preview ÷ kubectl diff",
      ratio: ratio(ten, "preview", "diff"),
      most: 2,
    },
    { what: "growth exponent of the CPU time of up", ratio: growthExponent(points), most: 1.4 },
  ];
}

function medians(rounds: readonly Round[]): string {
  return steps
    .map((step) => {
      const of = (what: keyof Measured): string =>
        median(rounds.map((round) => round[step][what])).toFixed(2);
      return `${step} ${of("seconds")} s (CPU ${of("cpuSeconds")} s)`;
    })
    .join(", ");
}

async function once(
  cluster: BenchCluster,
  folder: string,
  round: number,
  size: number,
): Promise<Round> {
  const name = `sites-${String(size)}-${String(round)}`;
  const namespace = `${cluster.prefix}-${name}`;
  const stack = await BenchStack.make({
    folder,
    name,
    program: "stack-program",
    values: { ...prod(cluster.context, namespace), "bench:sites": size },
    kubeconfig: cluster.kubeconfig,
  });
  const kubectl = (...args: string[]): Promise<Measured> =>
    measure(`kubectl ${args.join(" ")}`, () => cluster.kubectl(...args));
  const made = Array.from({ length: size }, (_, n) => `${namespace}-${String(n)}`);
  const renamed = (each: string): string => `${each}-k`;
  try {
    const up = await stack.up();
    const preview = await stack.previewOfNothing();
    const file = join(folder, `${name}.json`);
    const objects = objectsOf(await stack.state(), renamed);
    writeFileSync(file, JSON.stringify(objects), { mode: 0o600 });
    const apply = await kubectl("apply", "--server-side", "--filename", file);
    const diff = await kubectl("diff", "--server-side", "--filename", file);
    return { up, preview, apply, diff };
  } finally {
    await cluster.remove(...made, ...made.map(renamed));
  }
}

/** The values of the stack prod, in another place; the cluster for tests has no Prometheus operator. */
function prod(context: string, namespace: string): Record<string, object> {
  const text = readFileSync(join(projectDir, "stacks/Pulumi.prod.yaml"), "utf8");
  const { config } = parse(text) as { config: Record<string, Record<string, object>> };
  return {
    ...config,
    "mq:kubernetes": { ...config["mq:kubernetes"], context, namespace },
    "mq:broker": {
      ...config["mq:broker"],
      monitoring: { ...config["mq:broker"]?.monitoring, serviceMonitor: false },
    },
  };
}
