import type { KubernetesBrokerBase } from "./topology";
import { parseQuantity } from "./quantity";

/** Share of its memory that RabbitMQ fills before it blocks publishers. */
export const watermark = 0.6;

const largestHeadroom = 2 * 1024 ** 3;

/**
 * What RabbitMQ may take for the memory of its machine, bytes: the container's limit less a fifth, 2 GiB at most. What is
 * above the watermark and in that fifth is for peaks; without it the kernel ends the node before its own alarm does.
 */
export function usableMemory({ resources }: Pick<KubernetesBrokerBase, "resources">): number {
  const limit = bytes("resources.limits.memory", resources.limits.memory);
  return Math.floor(limit - Math.min(limit * 0.2, largestHeadroom));
}

/**
 * Free disk below which RabbitMQ blocks publishers, bytes: what its memory may hold up to the watermark, so that all of it
 * can be written out.
 *
 * @see https://www.rabbitmq.com/docs/production-checklist#resource-limits-disk-space
 */
export function diskLimit(plan: Pick<KubernetesBrokerBase, "resources">): number {
  return Math.ceil(usableMemory(plan) * watermark);
}

/** Least size of a node's volume, bytes: the disk limit stays free, and as much again is for messages. */
export function leastStorage(plan: Pick<KubernetesBrokerBase, "resources">): number {
  return 2 * diskLimit(plan);
}

function bytes(key: string, quantity: string): number {
  const value = parseQuantity(quantity);
  if (value === undefined) {
    throw new Error(`mq:broker.${key}: "${quantity}" is no quantity; write it as 2Gi`);
  }
  return value;
}
