import { expect, test } from "vitest";
import { diskLimit, leastStorage, usableMemory } from "../../../components/config/broker-memory";
import { brokerPlan } from "../brokers/kubernetes/plans";

const withMemory = (memory: string) =>
  brokerPlan({ resources: { requests: { cpu: "1", memory }, limits: { cpu: "1", memory } } });

test.each([
  ["256Mi", 214748364, 128849019, 257698038],
  ["2Gi", 1717986918, 1030792151, 2061584302],
  // From 10 GiB on the headroom is 2 GiB.
  ["10Gi", 8589934592, 5153960756, 10307921512],
  ["64Gi", 66571993088, 39943195853, 79886391706],
])("RMQ: %s: usable, disk limit and least volume in bytes", (memory, usable, limit, least) => {
  const plan = withMemory(memory);
  expect([usableMemory(plan), diskLimit(plan), leastStorage(plan)]).toStrictEqual([
    usable,
    limit,
    least,
  ]);
});

test("what is no quantity is refused with the key", () => {
  expect(() => diskLimit(withMemory("2 GB"))).toThrow(
    'mq:broker.resources.limits.memory: "2 GB" is no quantity; write it as 2Gi',
  );
});
