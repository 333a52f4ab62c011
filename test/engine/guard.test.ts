import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Baseline } from "../../components/platforms/kubernetes/guard/baseline";
import type { Engine } from "../../tools/lib/engine";
import { projectDir } from "../../tools/lib/workspace";
import { openScratch } from "../support/scratch-program";

const guard = join(projectDir, "components/platforms/kubernetes/guard");
const folder = mkdtempSync(join(tmpdir(), "mq-guard-"));
let engine: Engine;

const first: Baseline = {
  namespace: "mq-prod",
  broker: {
    kind: "rabbitmq",
    replicas: 3,
    storage: { size: "10Gi" },
    statefulSet: JSON.stringify({ serviceName: "rabbitmq-nodes", podManagementPolicy: "Parallel" }),
  },
  collectors: { inventory: { size: "1Gi" }, log: { size: "5Gi", storageClass: "slow" } },
  allow: [],
};
const { broker } = first;

const write = (file: string, content: unknown): void => {
  writeFileSync(join(folder, file), JSON.stringify(content)); // JSON is YAML
};

beforeAll(async () => {
  engine = await openScratch({
    folder,
    program: `new (require("${guard}/resources.ts").Baseline)("baseline", require("./baseline.json"));`,
    project: { plugins: { providers: [{ name: "guard", path: join(guard, "provider") }] } },
  });
  await succeeds(first, "up", "--yes");
});

afterAll(async () => {
  const { code } = await engine.capture("destroy", "--yes");
  expect(code).toBe(0);
  rmSync(folder, { recursive: true });
});

async function run(baseline: Baseline, ...args: string[]) {
  write("baseline.json", baseline);
  const { code, stdout, stderr } = await engine.capture(...args);
  return { code, text: stdout + stderr };
}

async function succeeds(baseline: Baseline, ...args: string[]): Promise<string> {
  const { code, text } = await run(baseline, ...args);
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: exit code ${String(code)}\n${text}`);
  return text;
}

/** The reasons that a command is refused for. */
async function refused(baseline: Baseline, ...args: string[]): Promise<string[]> {
  const before = await state();
  const { code, text } = await run(baseline, ...args);
  expect(code).not.toBe(0);
  expect(await state()).toStrictEqual(before);
  const reasons = [...text.matchAll(/has a problem: (.*)$/gm)].map((match) => match[1] ?? "");
  return [...new Set(reasons)];
}

/** The inputs in the state. */
async function state(): Promise<unknown> {
  const { stdout } = await engine.capture("stack", "export");
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { type: string; inputs?: unknown }[] };
  };
  return deployment.resources.find(({ type }) => type === "guard:index:Baseline")?.inputs;
}

const toHave = (key: string): string =>
  `. To have it all the same, list "${key}" in mq:kubernetes.allow`;

const forbidden: [change: string, next: Baseline, key: string, message: string][] = [
  [
    "a rename of the namespace",
    { ...first, namespace: "mq" },
    "kubernetes.namespace",
    '"mq-prod" to "mq" deletes the namespace "mq-prod" with every volume in it; bring up a second stack and move over: docs/kubernetes.md#rename-a-namespace',
  ],
  [
    "fewer broker nodes",
    { ...first, broker: { ...broker, replicas: 2 } },
    "broker.replicas",
    "3 to 2 takes nodes away with what is on them; empty them and take them out of the cluster first: docs/kubernetes.md#remove-a-broker-node",
  ],
  [
    "a larger volume of the broker",
    { ...first, broker: { ...broker, storage: { size: "20Gi" } } },
    "broker.storage.size",
    "10Gi to 20Gi replaces the StatefulSet: all nodes are down at once, and the volumes stay as small as they are; grow the volumes first: docs/kubernetes.md#grow-a-volume",
  ],
  [
    "a smaller volume of the broker",
    { ...first, broker: { ...broker, storage: { size: "1Gi" } } },
    "broker.storage.size",
    "10Gi to 1Gi: Kubernetes cannot shrink a volume; keep the size, or bring up a second stack and move over: docs/kubernetes.md#rename-a-namespace",
  ],
  [
    "another storage class of the broker",
    { ...first, broker: { ...broker, storage: { size: "10Gi", storageClass: "fast" } } },
    "broker.storage.storageClass",
    'the default class to class "fast" replaces the StatefulSet, and the volumes stay in the class they are in; bring up a second stack and move over: docs/kubernetes.md#rename-a-namespace',
  ],
  [
    "another field that a StatefulSet never changes",
    {
      ...first,
      broker: { ...broker, statefulSet: broker.statefulSet.replace("Parallel", "OrderedReady") },
    },
    "broker.statefulSet.podManagementPolicy",
    "it differs, and Kubernetes never changes it: the StatefulSet would be replaced, all nodes down at once; let its pods stand while it is made anew: docs/kubernetes.md#grow-a-volume",
  ],
  [
    "a collector that is gone",
    { ...first, collectors: { inventory: { size: "1Gi" } } },
    "collectors.log",
    "the collector is gone, and its volume would go with the files in it; take the files out first: docs/kubernetes.md#remove-a-collector",
  ],
  [
    "a smaller volume of a collector",
    { ...first, collectors: { ...first.collectors, inventory: { size: "1000M" } } },
    "collectors.inventory.storage.size",
    "1Gi to 1000M: Kubernetes cannot shrink a volume, and a new one would be empty; keep the size, or add a collector of another name and remove this one: docs/kubernetes.md#remove-a-collector",
  ],
];

for (const [change, next, key, message] of forbidden) {
  test(`F13: ${change} is refused in preview, and passes where it is allowed`, async () => {
    expect(await refused(next, "preview")).toStrictEqual([`mq:${key}: ${message}${toHave(key)}`]);
    const text = await succeeds({ ...next, allow: [key] }, "preview");
    expect(text).toMatch(/~ 1 to update/);
  });
}

test("F13: up refuses too, without a preview as well, and after a refresh", async () => {
  const next = { ...first, namespace: "mq" };
  expect(await refused(next, "up", "--yes")).toHaveLength(1);
  expect(await refused(next, "up", "--yes", "--skip-preview")).toHaveLength(1);
  await succeeds(first, "refresh", "--yes");
  expect(await refused(next, "preview")).toHaveLength(1);
});

test("all that is refused is said at once", async () => {
  const next = { ...first, namespace: "mq", broker: { ...broker, replicas: 1 } };
  const reasons = await refused(next, "preview");
  expect(reasons.map((reason) => reason.split(": ")[0])).toStrictEqual([
    "mq:kubernetes.namespace",
    "mq:broker.replicas",
  ]);
});

test("what was allowed is what is compared with from then on", async () => {
  const grown = { ...first, broker: { ...broker, replicas: 5, storage: { size: "10240Mi" } } };
  await succeeds(grown, "up", "--yes");
  await succeeds({ ...first, allow: ["broker.replicas"] }, "up", "--yes");
  const left = await succeeds({ ...first, allow: ["broker.replicas"] }, "preview", "--diff");
  expect(left).toContain(
    "mq:kubernetes.allow: broker.replicas: no such change here; remove it from the list",
  );
  await succeeds(first, "up", "--yes");
  await succeeds(first, "preview", "--expect-no-changes");
  expect(await state()).toMatchObject({ broker: { replicas: 3 } });
});
