import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Environment } from "../../components/config/environment";
import { parseStack } from "../../components/config/parse";
import { StackFileError } from "../../components/config/problems";
import type { HostsTopology, KubernetesTopology, Topology } from "../../components/config/topology";

/** The values of a stack file below `config:`, keys without `mq:`. */
export type StackFileValues = Record<string, unknown>;

/** A fresh copy of the values of stacks/Pulumi.<stack>.yaml. */
export function sampleStack(stack: string): StackFileValues {
  const file = join(__dirname, `../../stacks/Pulumi.${stack}.yaml`);
  const { config } = parse(readFileSync(file, "utf8")) as { config: StackFileValues };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.slice("mq:".length), value]),
  );
}

/** A fresh copy of the values of stacks/Pulumi.local.yaml. */
export const localStack = (): StackFileValues => sampleStack("local");

/**
 * The local stack with one value changed, or removed where `value` is undefined.
 *
 * @param path - keys from the top on, one element each, as queue names hold dots.
 */
export function localStackWith(path: readonly string[], value: unknown): StackFileValues {
  return changed(localStack(), path, value);
}

/** `values`, changed in place. */
export function changed(
  values: StackFileValues,
  path: readonly string[],
  value: unknown,
): StackFileValues {
  let at = values;
  for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as StackFileValues;
  const last = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(at, last);
  else Object.defineProperty(at, last, { value, enumerable: true, configurable: true });
  return values;
}

/** The same values with the keys of every object in the reverse order. */
export function shuffled<T>(value: T): T {
  if (Array.isArray(value)) return value.map((element: unknown) => shuffled(element)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, below]) => [key, shuffled(below as unknown)]),
  ) as T;
}

/** The values as the engine hands them to a program: text, objects as JSON. */
export function engineConfig(values: StackFileValues): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      `mq:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** Where and as whom `up` runs, in tests: as root, nothing encrypted. */
export const environment: Environment = {
  stack: "local",
  superuser: true,
  home: "/home/operator",
  cache: "/home/operator/.cache/mq",
  node: "/usr/bin/node",
  secretKeys: new Set(),
};

/** The same with `mq:passwords` and `mq:signing` encrypted. */
export const encryptedEnvironment: Environment = {
  ...environment,
  secretKeys: new Set(["passwords", "signing"]),
};

/** The topology of a stack file of hosts. */
export function hostsTopology(values: StackFileValues, where = environment): HostsTopology {
  return of("hosts", values, where);
}

/** The topology of a stack file of Kubernetes; its stack is called `dev` unless `where` says otherwise. */
export function kubernetesTopology(
  values: StackFileValues,
  where: Environment = { ...environment, stack: "dev" },
): KubernetesTopology {
  return of("kubernetes", values, where);
}

function of<P extends Topology["platform"]>(
  platform: P,
  values: StackFileValues,
  where: Environment,
): Extract<Topology, { platform: P }> {
  const { topology } = parseStack(values, where);
  if (topology.platform !== platform) throw new Error(`the platform is ${topology.platform}`);
  return topology as Extract<Topology, { platform: P }>;
}

/** The message with which a stack file is refused. */
export function refusal(values: StackFileValues, where: Environment = environment): string {
  try {
    parseStack(values, where);
  } catch (error) {
    if (error instanceof StackFileError) return error.message;
    throw error;
  }
  throw new Error("the stack file was taken");
}
