/**
 * What a row costs an attacker who guesses its bits at one subset by a model: -log2 of the probability that the model gives them. Pure.
 * Flow: score → here. Spec: docs/detection/locked-scoring.md#score
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { HASH_BITS, type Prediction, type ScoringTables } from './tables.ts';

const ROW_BYTES = HASH_BITS / 8;

/**
 * @param row 32 bytes; @param subset its number; @param bits of the subset
 * @returns the cost in bits, by the model of photographs, then by each class
 * @throws {LodestoneError} `ERR_SCHEMA` for a row of another length, or a subset that the tables do not have
 */
export type Costs = (row: Uint8Array, subset: number, bits: number) => Float64Array;

export function costsBy(tables: ScoringTables): Costs {
  const classes = tables.classes.map(costsOfClass);
  const signs = new Int8Array(HASH_BITS);
  const places = new Uint16Array(tables.bits);

  return (row, subset, bits) => {
    checkRow(row);
    const model = tables.photographs[subset];
    if (!model)
      throw new LodestoneError(
        'ERR_SCHEMA',
        `no subset ${subset}: the scoring tables have 0 to ${tables.photographs.length - 1}`,
      );
    checkBits(tables, bits);
    for (let bit = 0; bit < HASH_BITS; bit++) signs[bit] = isOne(row, bit) ? 1 : -1;
    const costs = new Float64Array(1 + classes.length);
    for (let n = 0; n < bits; n++) {
      const prediction = model.predictions[n] as Prediction;
      const sign = signs[prediction.bit] as number;
      costs[0] = (costs[0] as number) + bitsOfCost(logOddsOf(prediction, signs) * sign);
      places[n] = 2 * prediction.bit + (sign > 0 ? 1 : 0);
    }
    for (let c = 0; c < classes.length; c++) {
      const costsOf = classes[c] as Float64Array;
      let cost = 0;
      for (let n = 0; n < bits; n++) cost += costsOf[places[n] as number] as number;
      costs[1 + c] = cost;
    }
    return costs;
  };
}

/** For each bit of a hash: what a zero costs, then what a one costs. */
function costsOfClass(logOdds: Float64Array): Float64Array {
  const costs = new Float64Array(2 * logOdds.length);
  for (const [bit, value] of logOdds.entries()) {
    costs[2 * bit] = bitsOfCost(-value);
    costs[2 * bit + 1] = bitsOfCost(value);
  }
  return costs;
}

function checkRow(row: Uint8Array): void {
  if (row.length !== ROW_BYTES)
    throw new LodestoneError('ERR_SCHEMA', `a PDQ row to be scored has ${ROW_BYTES} bytes, not ${row.length}`);
}

export function checkBits({ bits: larger, innerBits }: Pick<ScoringTables, 'bits' | 'innerBits'>, bits: number): void {
  if (bits !== innerBits && bits !== larger)
    throw new LodestoneError(
      'ERR_SCHEMA',
      `no subsets of ${bits} bits: the scoring tables have those of ${innerBits} and ${larger}`,
    );
}

function isOne(row: Uint8Array, bit: number): boolean {
  return (((row[ROW_BYTES - 1 - (bit >> 3)] as number) >> (bit & 7)) & 1) === 1;
}

/** @param signs 1 or -1 for each bit of a hash; only those from which the bit is predicted are read */
export function logOddsOf({ from, weights, bias }: Prediction, signs: Int8Array): number {
  let logOdds = bias;
  for (let m = 0; m < from.length; m++) logOdds += (weights[m] as number) * (signs[from[m] as number] as number);
  return logOdds;
}

/** -log2 of the probability of what has these log-odds. */
export function bitsOfCost(logOdds: number): number {
  return Math.log1p(Math.exp(-logOdds)) / Math.LN2;
}
