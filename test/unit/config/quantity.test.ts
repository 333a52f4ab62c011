import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseQuantity, quantityProblem } from "../../../components/config/quantity";

const suffixes: Readonly<Record<string, number>> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

describe("a quantity", () => {
  test.each([
    ["1", 1],
    ["+2", 2],
    ["500m", 0.5],
    ["100m", 0.1],
    ["0.1", 0.1],
    [".5", 0.5],
    ["5.", 5],
    ["250u", 0.00025],
    ["1n", 1e-9],
    ["12e6", 12_000_000],
    ["1E3", 1000],
    ["1e-1", 0.1],
    ["1E", 1e18],
    ["1Ei", 2 ** 60],
    ["1.5Gi", 1_610_612_736],
    ["0.5Ki", 512],
  ])("%s is %d", (text, amount) => {
    expect(parseQuantity(text)).toBe(amount);
    expect(quantityProblem(text)).toBeUndefined();
  });

  test.each([
    ["1Gi", "1024Mi"],
    ["1Gi", "1073741824"],
    ["0.1", "100m"],
    ["1500m", "1.5"],
    ["1e3", "1k"],
    ["0.3", "300000u"],
  ])("%s is as much as %s", (one, other) => {
    expect(parseQuantity(one)).toBe(parseQuantity(other));
  });

  test("is its number times its suffix", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4095 }),
        fc.constantFrom(...Object.keys(suffixes)),
        (number, suffix) => {
          expect(parseQuantity(`${String(number)}${suffix}`)).toBe(
            number * (suffixes[suffix] ?? Number.NaN),
          );
        },
      ),
    );
  });

  test("is the same amount in thousandths", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (thousandths) => {
        const decimal = `${String(Math.floor(thousandths / 1000))}.${String(thousandths % 1000).padStart(3, "0")}`;
        expect(parseQuantity(decimal)).toBe(parseQuantity(`${String(thousandths)}m`));
      }),
    );
  });

  test("any text is a number above zero or has a reason, never both", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[-+]?[0-9.]{0,6}[eEnumkMGi]{0,3}$/)),
        (text) => {
          const amount = parseQuantity(text);
          expect(quantityProblem(text) === undefined).toBe(amount !== undefined);
          if (amount !== undefined) expect(amount).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe("no quantity", () => {
  const form =
    "is no quantity; write it as Kubernetes does: 500m or 2 for CPU, 512Mi or 10Gi for bytes";
  const suffix = "is no quantity: suffixes are exactly Ki, Mi, Gi, Ti, or k, M, G, T; write 10Gi";
  const zero = "must be more than zero";

  test.each([
    ["1g", suffix],
    ["10gb", suffix],
    ["10GB", suffix],
    ["10 Gi", suffix],
    ["1K", suffix],
    ["1mi", suffix],
    ["0", zero],
    ["0Gi", zero],
    ["0.0", zero],
    ["-1", zero],
    ["-1Gi", zero],
    ["", form],
    [".", form],
    ["Gi", form],
    ["1i", form],
    ["1mi2", form],
    ["ten", form],
    ["1,5", form],
    ["1e999999999", form],
    ["1_000", form],
    ["0x10", form],
    ["1Gi\n", form],
  ])("%j", (text, reason) => {
    expect(parseQuantity(text)).toBeUndefined();
    expect(quantityProblem(text)).toBe(reason);
  });
});
