/**
 * How many guesses come before a row, by the model of photographs: its sums Z(β) over all rows, by importance sampling. Each bit is drawn in proportion to
 * p^β; the product of the normalizers is then Z(β) in the mean. Flow: quantize → here. Spec: docs/detection/locked-scoring.md#guesses
 */
import { bitsOfCost, logOddsOf } from '../../src/score/cost.ts';
import { type GuessLines, linesOf, SLOPES, type Tilted } from '../../src/score/guesses.ts';
import { HASH_BITS, type Prediction } from '../../src/score/tables.ts';
import { type Random, seeded } from './random.ts';

/** Rows for each slope. */
const DRAWN = 2_000;

interface Drawn {
  readonly cost: number;
  readonly log2Weight: number;
}

/** Of the smaller subset, then of the larger. */
export function guessLinesOf(subset: readonly Prediction[], innerBits: number, seed: number): GuessLines {
  const random = seeded(seed);
  return Float32Array.from(
    [subset.slice(0, innerBits), subset].flatMap((predictions) => [
      ...linesOf(
        SLOPES.map((slope) => tiltedOf(Array.from({ length: DRAWN }, () => draw(predictions, slope, random)))),
      ),
    ]),
  );
}

function draw(predictions: readonly Prediction[], slope: number, random: Random): Drawn {
  const signs = new Int8Array(HASH_BITS);
  let [cost, log2Weight] = [0, 0];
  for (const prediction of predictions) {
    const logOdds = logOddsOf(prediction, signs);
    const [one, zero] = [bitsOfCost(logOdds), bitsOfCost(-logOdds)];
    const [oneTilted, zeroTilted] = [2 ** (-slope * one), 2 ** (-slope * zero)];
    const isOne = random.chance(oneTilted / (oneTilted + zeroTilted));
    signs[prediction.bit] = isOne ? 1 : -1;
    cost += isOne ? one : zero;
    log2Weight += Math.log2(oneTilted + zeroTilted);
  }
  return { cost, log2Weight };
}

function tiltedOf(drawn: readonly Drawn[]): Tilted {
  const most = drawn.reduce((so, { log2Weight }) => Math.max(so, log2Weight), -Infinity);
  const weights = drawn.map(({ log2Weight }) => 2 ** (log2Weight - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (cost: number) => number): number =>
    drawn.reduce((sum, { cost }, i) => sum + of(cost) * (weights[i] as number), 0) / total;
  const average = mean((cost) => cost);
  return {
    log2Sum: most + Math.log2(total / drawn.length),
    deviation: Math.sqrt(mean((cost) => (cost - average) ** 2)),
  };
}
