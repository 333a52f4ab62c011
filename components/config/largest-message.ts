import type { Problem } from "./problems";
import type { CollectorPlan } from "./topology";

/** A message is a file; collectors refuse above their own limit, this bounds what a frame may hold. */
const most = 128 * 1024 * 1024;

/** How often the heap has to hold a message while the broker takes and stores it; measured, with room for others. */
const copies = 16;

/**
 * Largest message that ActiveMQ Classic takes over STOMP, bytes: 128 MiB with a heap of 2 GiB or more, a sixteenth of a smaller
 * heap. Without this limit, one message ends a broker that has not the memory for it.
 */
export function largestMessage(heapBytes: number): number {
  return Math.min(most, Math.floor(heapBytes / copies));
}

/** Whether an ActiveMQ Classic with that heap takes the largest file of each collector. */
export function checkLargestMessage(
  heapBytes: number,
  collectors: readonly Pick<CollectorPlan, "name" | "maxBytes">[],
): Problem[] {
  const largest = largestMessage(heapBytes);
  return collectors
    .filter(({ maxBytes }) => maxBytes > largest)
    .map(({ name, maxBytes }) => ({
      path: ["collectors", name, "maxBytes"],
      message: `${String(maxBytes)} bytes are more than ActiveMQ takes with its heap of ${String(Math.floor(heapBytes / 1024 ** 2))} MiB, ${String(largest)}; choose fewer, or give the broker more memory`,
    }));
}
