/** Trains the autoregressive tables of photographs: for each subset and each of its bits, a logistic regression on the bits before it. */
import type { Prediction } from '../../src/score/tables.ts';
import { BIASED_PARITY, HASH_BITS, parityOf } from '../../src/score/tables.ts';
import { CANDIDATE_BITS, type Subset } from '../../src/subsets.ts';
import type { Samples } from './bits.ts';
import { dot, fit } from './logistic.ts';

/** Chosen on photographs that were held out: from a third to three times of it, the mean cost changes by less than 0.02 bits. */
const PENALTY = 0.01;

const frequencyOf = (bit: number): number => ((bit >> 4) + 1) ** 2 + ((bit & 15) + 1) ** 2;
const byFrequency = (a: number, b: number): number => frequencyOf(a) - frequencyOf(b) || a - b;

/**
 * The order in which a subset's bits are predicted: those of the smaller subset, the lowest frequencies first, then the others likewise. So the tables of
 * the larger subset begin with those of the smaller one.
 */
export function orderOf(larger: Subset, smaller: Subset): Uint8Array {
  const inner = new Set(smaller);
  return Uint8Array.from([
    ...Array.from(smaller).sort(byFrequency),
    ...Array.from(larger)
      .filter((bit) => !inner.has(bit))
      .sort(byFrequency),
  ]);
}

/** @param samples each photograph as it is and transposed: together with the parities, all 8 orientations */
export function trainPhotographs(samples: Samples, orders: readonly Uint8Array[]): Prediction[][] {
  const ones = new Float64Array(samples.count).fill(1);
  const column = (bit: number): Float64Array => (bit === BIAS ? ones : (samples.signs[bit] as Float64Array));
  const correlations = correlationsOf(column);
  return orders.map((order) =>
    Array.from(order, (bit, n): Prediction => {
      const from = order.subarray(0, n).filter((earlier) => parityOf(earlier) === parityOf(bit));
      const places = parityOf(bit) === BIASED_PARITY ? [...from, BIAS] : [...from];
      const weights = fit({
        target: column(bit),
        inputs: places.map(column),
        correlation: (a, b) => correlations(places[a] as number, places[b] as number),
        penalty: PENALTY,
      });
      return { bit, from, weights: weights.subarray(0, from.length), bias: weights[from.length] ?? 0 };
    }),
  );
}

/** The place of the constant column. */
const BIAS = HASH_BITS;

function correlationsOf(column: (bit: number) => Float64Array): (a: number, b: number) => number {
  const table = new Float64Array((HASH_BITS + 1) ** 2);
  const places = [...CANDIDATE_BITS, BIAS];
  for (const a of places)
    for (const b of places)
      if (a >= b && (a === BIAS || parityOf(a) === parityOf(b)))
        table[a * (HASH_BITS + 1) + b] = table[b * (HASH_BITS + 1) + a] = dot(column(a), column(b));
  return (a, b) => table[a * (HASH_BITS + 1) + b] as number;
}
