/** From trained weights to the bytes of the tables. */
import { bitsOfCost, logOddsOf } from '../../src/score/cost.ts';
import {
  BIASED_PARITY,
  HASH_BITS,
  parityOf,
  type Prediction,
  type QuantizedTables,
  writeTables,
} from '../../src/score/tables.ts';
import { seeded } from './random.ts';

const MOST = 127;
/** Rows that are drawn from a model, to know its spread to about 0.02 bits. */
const DRAWN = 4_000;

/** @param photographs for each subset; @param classes log-odds of each bit of a hash */
export function quantized(
  photographs: readonly (readonly Prediction[])[],
  classes: readonly Float64Array[],
  innerBits: number,
): Uint8Array {
  const couplings = photographs.map((subset) => subset.flatMap(valuesOf));
  const couplingScale = scaleOf(couplings.flat());
  const classScale = scaleOf(classes.flatMap((logOdds) => [...logOdds]));
  const tables: QuantizedTables = {
    innerBits,
    couplingScale,
    classScale,
    orders: photographs.map((subset) => Uint8Array.from(subset, ({ bit }) => bit)),
    couplings: couplings.map((values) => steps(values, couplingScale)),
    spreads: photographs.map((subset, j) => spreadsOf(subset, innerBits, 500 + j)),
    classes: classes.map((logOdds) => steps(logOdds, classScale)),
  };
  return writeTables(tables);
}

function valuesOf({ bit, weights, bias }: Prediction): number[] {
  return parityOf(bit) === BIASED_PARITY ? [...weights, bias] : [...weights];
}

/** Rounded up, so that no value has more than 127 steps, and to few bits, so that it is exact as a 32-bit number. */
function scaleOf(values: readonly number[]): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Math.ceil((largest / MOST) * 2 ** 20) / 2 ** 20;
}

function steps(values: Iterable<number>, scale: number): Int8Array {
  return Int8Array.from(values, (value) => Math.round(value / scale));
}

/** Of the cost of rows that are drawn from the model, with the weights before they are rounded. */
function spreadsOf(subset: readonly Prediction[], innerBits: number, seed: number): Float32Array {
  const random = seeded(seed);
  const costs = Array.from({ length: DRAWN }, () => {
    const signs = new Int8Array(HASH_BITS);
    let [inner, all] = [0, 0];
    for (const [n, prediction] of subset.entries()) {
      const logOdds = logOddsOf(prediction, signs);
      const sign = random.chance(1 / (1 + Math.exp(-logOdds))) ? 1 : -1;
      signs[prediction.bit] = sign;
      const cost = bitsOfCost(logOdds * sign);
      all += cost;
      if (n < innerBits) inner += cost;
    }
    return { inner, all };
  });
  return Float32Array.from([
    ...meanAndDeviation(costs.map(({ inner }) => inner)),
    ...meanAndDeviation(costs.map(({ all }) => all)),
  ]);
}

export function meanAndDeviation(values: readonly number[]): readonly [mean: number, deviation: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}
