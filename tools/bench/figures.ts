import { loadavg } from "node:os";

/** What a ratio of two measurements is to be at most. */
export interface Target {
  readonly what: string;
  readonly ratio: number;
  readonly most: number;
}

/** The middle one of some values, the upper of two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/**
 * How something grows with a size: the exponent of the power law that fits best (least squares of the logarithms). 1:
 * twice as much for twice the size; 2: four times.
 */
export function growthExponent(
  points: readonly { readonly size: number; readonly value: number }[],
): number {
  const x = points.map(({ size }) => Math.log(size));
  const y = points.map(({ value }) => Math.log(value));
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = x.map((each, index) => (each - meanX) * ((y[index] ?? NaN) - meanY));
  return mean(covariance) / mean(x.map((each) => (each - meanX) ** 2));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A line for a target: what was measured, what it is to be, and whether it is. */
export function targetLine({ what, ratio, most }: Target): string {
  const digits = most < 1 ? 4 : 2;
  return `${what}: ${ratio.toFixed(digits)} (goal at most ${String(most)}: ${isMet({ ratio, most }) ? "met" : "missed"})`;
}

/** Whether a target is met; what could not be measured is missed. */
export function isMet({ ratio, most }: Pick<Target, "ratio" | "most">): boolean {
  return ratio <= most;
}

/** The load of the machine at this moment. */
export function load(): string {
  return loadavg()[0]?.toFixed(1) ?? "?";
}
