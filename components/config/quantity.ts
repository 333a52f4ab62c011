const factors: Readonly<Record<string, readonly [base: bigint, exponent: number]>> = {
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  "": [10n, 0],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
};

const form = /^\+?(\d{1,20})?(?:\.(\d{0,20}))?(?:[eE]([+-]?\d{1,2})|([numkKMGTPE]?i?))$/;

/**
 * The number that a Kubernetes quantity stands for: bytes of `10Gi`, cores of `500m`.
 *
 * Quantities that are the same amount are the same number, however they are written.
 *
 * @returns undefined where it is no quantity, or not more than zero; {@link quantityProblem} says why.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): number | undefined {
  const [, whole = "", fraction = "", power, suffix = ""] = form.exec(text) ?? [];
  const digits = whole + fraction;
  const factor = power === undefined ? factors[suffix] : ([10n, Number(power)] as const);
  if (digits === "" || factor === undefined || BigInt(digits) === 0n) return undefined;
  const [base, exponent] = factor;
  const numerator = BigInt(digits) * base ** BigInt(Math.max(exponent, 0));
  const denominator = 10n ** BigInt(fraction.length) * base ** BigInt(Math.max(-exponent, 0));
  const divisor = greatestCommonDivisor(numerator, denominator);
  // Divided as integers first: most quantities come out exact, and equal ones alike.
  return Number(numerator / divisor) / Number(denominator / divisor);
}

/** What is wrong with a quantity and how to mend it; undefined where nothing is. */
export function quantityProblem(text: string): string | undefined {
  if (parseQuantity(text) !== undefined) return undefined;
  const number = /^\+?(\d*\.?\d+)\s*([kmgtpe])(i?)b?$/i.exec(text)?.[1];
  if (number !== undefined && parseQuantity(number) !== undefined) {
    return "is no quantity: suffixes are exactly Ki, Mi, Gi, Ti, or k, M, G, T; write 10Gi";
  }
  const notMore = /^-/.test(text)
    ? parseQuantity(text.slice(1)) !== undefined
    : /^\+?0[0.]*[a-z]{0,2}$/i.test(text);
  return notMore
    ? "must be more than zero"
    : "is no quantity; write it as Kubernetes does: 500m or 2 for CPU, 512Mi or 10Gi for bytes";
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
