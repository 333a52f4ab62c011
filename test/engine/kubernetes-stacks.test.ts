import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { openEngine } from "../../tools/lib/engine";
import type { Workspace } from "../../tools/lib/workspace";
import { stackFolder, stackValues, type StackValues } from "../support/stack";

let folder: string;

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the engine on a stack file of this project, with no cluster in reach. */
async function preview(
  stack: string,
  change: (values: StackValues) => void = () => {},
  ...args: string[]
): Promise<{ code: number; text: string }> {
  folder = stackFolder(stack);
  const workspace: Workspace = {
    stack,
    stackFile: join(folder, "stacks", `Pulumi.${stack}.yaml`),
    stateDir: join(folder, "state"),
  };
  const values = stackValues(stack);
  change(values);
  writeFileSync(workspace.stackFile, stringify({ config: values }));
  const nothing = join(folder, "no-kubeconfig");
  writeFileSync(nothing, "");
  const engine = await openEngine(workspace, { KUBECONFIG: nothing });
  const { code, stdout, stderr } = await engine.capture("preview", ...args);
  return { code, text: stdout + stderr };
}

describe("X1: preview with no cluster and no broker in reach", () => {
  test.each([
    ["dev", ["StatefulSet", "Deployment", "DaemonSet", "Job", "NetworkPolicy"]],
    ["staging", ["StatefulSet", "Deployment", "DaemonSet", "Secret", "NetworkPolicy"]],
    ["prod", ["StatefulSet", "PodDisruptionBudget", "Deployment", "DaemonSet", "ServiceMonitor"]],
  ])("%s: works, and shows each object", async (stack, kinds) => {
    const { code, text } = await preview(stack);
    expect({ code, text }).toMatchObject({ code: 0 });
    for (const kind of kinds) expect(text).toContain(`:${kind} `);
    expect(text).toMatch(/\+ \d+ to create/);
  });
});

describe("X4: a stack file of Kubernetes that cannot be used is refused by the engine, with key and mend", () => {
  test.each<[string, (broker: Record<string, unknown>) => void, string]>([
    [
      "no replica",
      (broker) => (broker.replicas = 0),
      "mq:broker.replicas: a broker has at least 1 replica; to stop it, destroy the stack",
    ],
    [
      "an image without a tag",
      (broker) => (broker.image = "rabbitmq"),
      "mq:broker.image: the image has no tag, and what runs would change by itself; add one, or a digest",
    ],
  ])("%s", async (_what, change, message) => {
    const { code, text } = await preview("dev", (values) => {
      change(values["mq:broker"] as Record<string, unknown>);
    });
    expect(code).not.toBe(0);
    expect(text).toContain(message);
  });
});
