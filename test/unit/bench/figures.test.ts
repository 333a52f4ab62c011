import { describe, expect, test } from "vitest";
import { growthExponent, isMet, median, targetLine } from "../../../tools/bench/figures";

test("the median is the middle one, of an even number the upper of both", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([10, 9, 1, 2])).toBe(9);
  expect(median([])).toBeNaN();
});

describe("growth exponent", () => {
  test.each([
    ["constant", 0, 0],
    ["linear", 1, 1],
    ["quadratic", 2, 2],
  ])("%s", (_what, power, exponent) => {
    const points = [1, 3, 10].map((size) => ({ size, value: 7 * size ** power }));
    expect(growthExponent(points)).toBeCloseTo(exponent, 10);
  });

  test("a fixed part makes it smaller", () => {
    const points = [1, 3, 10].map((size) => ({ size, value: 10 + size }));
    expect(growthExponent(points)).toBeCloseTo(0.26, 2);
  });
});

describe("a target", () => {
  test.each([
    ["below", 9.994, true, "up: 9.99 (goal at most 10: met)"],
    ["exactly", 10, true, "up: 10.00 (goal at most 10: met)"],
    ["above", 10.5, false, "up: 10.50 (goal at most 10: missed)"],
    ["not measured", NaN, false, "up: NaN (goal at most 10: missed)"],
  ])("%s", (_what, ratio, met, line) => {
    const target = { what: "up", ratio, most: 10 };
    expect({ met: isMet(target), line: targetLine(target) }).toEqual({ met, line });
  });

  test("a goal below one is said with more digits", () => {
    const line = targetLine({ what: "time", ratio: 0.01234, most: 0.05 });
    expect(line).toBe("time: 0.0123 (goal at most 0.05: met)");
  });
});
