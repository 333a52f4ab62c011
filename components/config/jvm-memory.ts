import { parseQuantity } from "./quantity";
import type { KubernetesBrokerBase } from "./topology";

/** Share of a container's memory that is the heap; the rest is the virtual machine's own, and what it buffers outside. */
export const heapShare = 0.6;

const mebibyte = 1024 ** 2;

/** Share of a Java broker's volume that messages may fill; the rest is for what its journal needs beside them. */
const storeShare = 0.8;

/** Least size of a Java broker's volume, bytes: its journal, and as much again for messages. */
export const leastJavaStorage = 512 * mebibyte;

/**
 * Heap of a Java broker, bytes: {@link heapShare} of its container's limit, in whole MiB.
 *
 * @throws if the limit is no quantity.
 */
export function heapBytes({ resources }: Pick<KubernetesBrokerBase, "resources">): number {
  const limit = parseQuantity(resources.limits.memory);
  if (limit === undefined) {
    throw new Error(
      `mq:broker.resources.limits.memory: "${resources.limits.memory}" is no quantity; write it as 2Gi`,
    );
  }
  return Math.floor((limit * heapShare) / mebibyte) * mebibyte;
}

/**
 * What messages may take of a Java broker's volume, bytes: {@link storeShare} of its size, in whole MiB.
 *
 * @throws if the size is no quantity.
 */
export function storeBytes({ storage }: Pick<KubernetesBrokerBase, "storage">): number {
  const size = parseQuantity(storage.size);
  if (size === undefined) {
    throw new Error(`mq:broker.storage.size: "${storage.size}" is no quantity; write it as 10Gi`);
  }
  return Math.floor((size * storeShare) / mebibyte) * mebibyte;
}
