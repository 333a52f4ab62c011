import { expect, test } from "vitest";
import { heapBytes } from "../../../components/config/jvm-memory";

const limited = (memory: string) => ({
  resources: { requests: { cpu: "1", memory }, limits: { cpu: "1", memory } },
});

test.each([
  ["512Mi", 307],
  ["1Gi", 614],
  ["2Gi", 1228],
  ["1500M", 858],
])("of %s the heap is 60 %%, in whole MiB", (memory, mebibytes) => {
  expect(heapBytes(limited(memory))).toBe(mebibytes * 1024 ** 2);
});

test("what is no quantity is named", () => {
  expect(() => heapBytes(limited("much"))).toThrow(
    'mq:broker.resources.limits.memory: "much" is no quantity; write it as 2Gi',
  );
});
