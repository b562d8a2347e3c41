/**
 * How many guesses come before a row, if an attacker tries the likeliest rows of a model first. Pure. Flow: score → here.
 * Spec: docs/detection/locked-lists.md#how-an-entry-is-scored
 */
import type { ModelCost } from './cost.ts';

/**
 * Rows that cost c bits have the probability 2^-c each. So the rows that cost at most c are about 2^c times the share of the model's own rows that cost
 * at most c. The share is that of a normal distribution.
 * @returns estimated log2 of the number of guesses
 */
export function log2GuessesOf({ cost, spread: { mean, deviation } }: ModelCost): number {
  return deviation === 0 ? cost : cost + log2OfNormalShare((cost - mean) / deviation);
}

/** From here on, the continued fraction converges fast; above, the approximation of erf is exact to 7 digits. */
const TAIL_FROM = 2.5;
const FRACTION_TERMS = 40;

/** log2 of the share of a normal distribution that is at most `z` standard deviations above the mean. */
function log2OfNormalShare(z: number): number {
  if (z > -TAIL_FROM) return Math.log2(z <= 0 ? half(-z) : 1 - half(z));
  let fraction = -z;
  for (let term = FRACTION_TERMS; term > 0; term--) fraction = -z + term / fraction;
  return (-(z * z) / 2 - Math.log(fraction * Math.sqrt(2 * Math.PI))) / Math.LN2;
}

/** The share above `x`, for x ≥ 0: Abramowitz and Stegun, formula 26.2.17. */
function half(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (polynomial * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
