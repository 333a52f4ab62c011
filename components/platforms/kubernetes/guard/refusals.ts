import { isDeepStrictEqual } from "node:util";
import { parseQuantity } from "../../../config/quantity";
import type { Baseline, Volume } from "./baseline";

/** A change that would lose data. */
export interface Refusal {
  /** Key of the stack file, without `mq:`; listed in `mq:kubernetes.allow`, it lets the change pass. */
  readonly key: string;
  /** What would be lost, and the safe route. */
  readonly message: string;
}

/** The changes between two states of a stack that would lose data, and those that the cluster cannot make. */
export function refusals(old: Baseline, next: Baseline): Refusal[] {
  return [
    ...namespaceRefusals(old.namespace, next.namespace),
    ...brokerRefusals(old.broker, next.broker),
    ...Object.entries(old.collectors).flatMap(([name, volume]) =>
      collectorRefusals(name, volume, next.collectors[name]),
    ),
  ];
}

/** Where the documentation has the safe route. */
const see = (section: string): string => `docs/kubernetes.md#${section}`;

function namespaceRefusals(old: string, next: string): Refusal[] {
  return refusal(
    old !== next,
    "kubernetes.namespace",
    `"${old}" to "${next}" deletes the namespace "${old}" with every volume in it; bring up a second stack and move over: ${see("rename-a-namespace")}`,
  );
}

function brokerRefusals(old: Baseline["broker"], next: Baseline["broker"]): Refusal[] {
  return [
    ...refusal(
      old.kind !== next.kind,
      "broker.kind",
      `${old.kind} to ${next.kind} deletes the broker with its queues; bring up a second stack and move over: ${see("rename-a-namespace")}`,
    ),
    ...refusal(
      next.replicas < old.replicas,
      "broker.replicas",
      `${String(old.replicas)} to ${String(next.replicas)} takes nodes away with what is on them; empty them and take them out of the cluster first: ${see("remove-a-broker-node")}`,
    ),
    ...refusal(
      compare(old.storage, next.storage) < 0,
      "broker.storage.size",
      `${old.storage.size} to ${next.storage.size} replaces the StatefulSet: all nodes are down at once, and the volumes stay as small as they are; grow the volumes first: ${see("grow-a-volume")}`,
    ),
    ...refusal(
      compare(old.storage, next.storage) > 0,
      "broker.storage.size",
      `${old.storage.size} to ${next.storage.size}: Kubernetes cannot shrink a volume; keep the size, or bring up a second stack and move over: ${see("rename-a-namespace")}`,
    ),
    ...refusal(
      old.storage.storageClass !== next.storage.storageClass,
      "broker.storage.storageClass",
      `${className(old.storage)} to ${className(next.storage)} replaces the StatefulSet, and the volumes stay in the class they are in; bring up a second stack and move over: ${see("rename-a-namespace")}`,
    ),
    ...statefulSetRefusals(old.statefulSet, next.statefulSet),
  ];
}

/** A volume of a collector can grow in place, but not shrink or move. */
function collectorRefusals(name: string, old: Volume, next: Volume | undefined): Refusal[] {
  const key = `collectors.${name}`;
  const move = `add a collector of another name and remove this one: ${see("remove-a-collector")}`;
  if (next === undefined) {
    return refusal(
      true,
      key,
      `the collector is gone, and its volume would go with the files in it; take the files out first: ${see("remove-a-collector")}`,
    );
  }
  return [
    ...refusal(
      compare(old, next) > 0,
      `${key}.storage.size`,
      `${old.size} to ${next.size}: Kubernetes cannot shrink a volume, and a new one would be empty; keep the size, or ${move}`,
    ),
    ...refusal(
      old.storageClass !== next.storageClass,
      `${key}.storage.storageClass`,
      `${className(old)} to ${className(next)} deletes the volume with the files in it and makes an empty one; ${move}`,
    ),
  ];
}

function statefulSetRefusals(old: string, next: string): Refusal[] {
  const before = withoutStorage(old);
  const after = withoutStorage(next);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .flatMap((field) =>
      refusal(
        !isDeepStrictEqual(before[field], after[field]),
        `broker.statefulSet.${field}`,
        `it differs, and Kubernetes never changes it: the StatefulSet would be replaced, all nodes down at once; let its pods stand while it is made anew: ${see("grow-a-volume")}`,
      ),
    );
}

/** Size and class of the volumes have keys of their own. */
function withoutStorage(statefulSet: string): Record<string, unknown> {
  const fields = JSON.parse(statefulSet, (key, value: unknown) =>
    key === "resources" || key === "storageClassName" ? undefined : value,
  ) as Record<string, unknown>;
  return fields;
}

function refusal(applies: boolean, key: string, message: string): Refusal[] {
  return applies ? [{ key, message }] : [];
}

/** Below zero where the first volume is the smaller one. */
function compare(a: Volume, b: Volume): number {
  return (parseQuantity(a.size) ?? 0) - (parseQuantity(b.size) ?? 0);
}

function className({ storageClass }: Volume): string {
  return storageClass === undefined ? "the default class" : `class "${storageClass}"`;
}
