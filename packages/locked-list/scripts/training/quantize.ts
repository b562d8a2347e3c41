/** From trained weights to the bytes of the tables. */
import { BIASED_PARITY, parityOf, type Prediction, type QuantizedTables, writeTables } from '../../src/score/tables.ts';
import { guessLinesOf } from './photograph-guesses.ts';

const MOST = 127;

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
    lines: photographs.map((subset, j) => guessLinesOf(subset, innerBits, 500 + j)),
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
