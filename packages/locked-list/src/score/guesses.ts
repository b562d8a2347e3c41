/**
 * How many guesses come before a row, if an attacker tries the likeliest rows of a model first: the number of rows that cost no more. Pure.
 * Flow: score → here. Spec: docs/detection/locked-scoring.md#guesses
 */

/**
 * The slopes at which the number is known. With Z(β) = Σ p(x)^β over all rows x, at most 2^(β c) · Z(β) rows cost c bits or less, for each β; the least of
 * these is close, after the division by β ln 2 · σ(β) · √2π of the saddlepoint approximation (if that is more than 1), where σ(β) is the deviation of the cost over rows that
 * are drawn in proportion to p(x)^β.
 */
export const SLOPES = [0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.3, 1.7, 2.2, 2.8, 3.5, 4.5, 6, 8, 12, 20] as const;

/** log2 of Z(β) and σ(β), for each of SLOPES. */
export interface Tilted {
  readonly log2Sum: number;
  readonly deviation: number;
}

/** What is added to β c, for each of SLOPES. */
export type GuessLines = Float32Array;

export function linesOf(tilted: readonly Tilted[]): GuessLines {
  return Float32Array.from(tilted, ({ log2Sum, deviation }, n) => {
    const divisor = (SLOPES[n] as number) * Math.LN2 * deviation * Math.sqrt(2 * Math.PI);
    return log2Sum - Math.log2(Math.max(1, divisor));
  });
}

/** @returns estimated log2 of the number of guesses */
export function log2GuessesOf(cost: number, lines: GuessLines): number {
  let least = cost;
  for (const [n, slope] of SLOPES.entries()) least = Math.min(least, slope * cost + (lines[n] as number));
  return Math.max(0, least);
}

/** Of independent bits: the sums multiply, the variances add up. @param logOdds of each bit that counts */
export function linesOfIndependent(logOdds: Float64Array): GuessLines {
  return linesOf(
    SLOPES.map((slope): Tilted => {
      let [log2Sum, variance] = [0, 0];
      for (const value of logOdds) {
        const [one, zero] = [Math.log1p(Math.exp(-value)) / Math.LN2, Math.log1p(Math.exp(value)) / Math.LN2];
        const [oneTilted, zeroTilted] = [2 ** (-slope * one), 2 ** (-slope * zero)];
        log2Sum += Math.log2(oneTilted + zeroTilted);
        const share = oneTilted / (oneTilted + zeroTilted);
        variance += share * (1 - share) * (one - zero) ** 2;
      }
      return { log2Sum, deviation: Math.sqrt(variance) };
    }),
  );
}
