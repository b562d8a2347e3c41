/**
 * What a row costs an attacker who guesses its bits at one subset by a model: -log2 of the probability that the model gives them. Pure.
 * Flow: score → here. Spec: docs/detection/locked-lists.md#how-an-entry-is-scored
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { HASH_BITS, type Prediction, type ScoringTables, type Spread } from './tables.ts';

const ROW_BYTES = HASH_BITS / 8;

export interface ModelCost {
  /** In bits. */
  readonly cost: number;
  /** Of the cost, over rows that the same model makes. */
  readonly spread: Spread;
}

/**
 * @param row 32 bytes; @param subset its number; @param bits of the subset
 * @returns the cost by the model of photographs, then by each class
 * @throws {LodestoneError} `ERR_SCHEMA` for a row of another length, or a subset that the tables do not have
 */
export type Costs = (row: Uint8Array, subset: number, bits: number) => ModelCost[];

export function costsBy(tables: ScoringTables): Costs {
  const asClasses = tables.classes.map((logOdds) => ({
    logOdds,
    whenOne: logOdds.map((value) => bitsOfCost(value)),
    whenZero: logOdds.map((value) => bitsOfCost(-value)),
  }));
  const sizes = [tables.innerBits, tables.bits];
  const spreads = asClasses.map((each) =>
    tables.photographs.map(({ predictions }) => sizes.map((bits) => spreadOf(each, predictions.slice(0, bits)))),
  );

  return (row, subset, bits) => {
    checkRow(row);
    const model = tables.photographs[subset];
    if (!model)
      throw new LodestoneError(
        'ERR_SCHEMA',
        `no subset ${subset}: the scoring tables have 0 to ${tables.photographs.length - 1}`,
      );
    checkBits(tables, bits);
    const size = sizes.indexOf(bits);
    const signs = signsOf(row);
    const predictions = model.predictions.slice(0, bits);
    return [
      { cost: asPhotograph(predictions, signs), spread: model.spreads[size] as Spread },
      ...asClasses.map(({ whenOne, whenZero }, at) => {
        let cost = 0;
        for (const { bit } of predictions)
          cost += ((signs[bit] as number) > 0 ? whenOne[bit] : whenZero[bit]) as number;
        return { cost, spread: spreads[at]?.[subset]?.[size] as Spread };
      }),
    ];
  };
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

function asPhotograph(predictions: readonly Prediction[], signs: Int8Array): number {
  let cost = 0;
  for (const prediction of predictions)
    cost += bitsOfCost(logOddsOf(prediction, signs) * (signs[prediction.bit] as number));
  return cost;
}

/** @param signs 1 or -1 for each bit of a hash; only those from which the bit is predicted are read */
export function logOddsOf({ from, weights, bias }: Prediction, signs: Int8Array): number {
  let logOdds = bias;
  for (let m = 0; m < from.length; m++) logOdds += (weights[m] as number) * (signs[from[m] as number] as number);
  return logOdds;
}

function signsOf(row: Uint8Array): Int8Array {
  return Int8Array.from({ length: HASH_BITS }, (_, bit) =>
    (((row[ROW_BYTES - 1 - (bit >> 3)] as number) >> (bit & 7)) & 1) === 1 ? 1 : -1,
  );
}

/** -log2 of the probability of what has these log-odds. */
export function bitsOfCost(logOdds: number): number {
  return Math.log1p(Math.exp(-logOdds)) / Math.LN2;
}

/** Of independent bits: their means and variances add up. */
function spreadOf(
  { logOdds, whenOne, whenZero }: Readonly<Record<'logOdds' | 'whenOne' | 'whenZero', Float64Array>>,
  predictions: readonly Prediction[],
): Spread {
  let [mean, variance] = [0, 0];
  for (const { bit } of predictions) {
    const share = 1 / (1 + Math.exp(-(logOdds[bit] as number)));
    mean += share * (whenOne[bit] as number) + (1 - share) * (whenZero[bit] as number);
    variance += share * (1 - share) * ((whenOne[bit] as number) - (whenZero[bit] as number)) ** 2;
  }
  return { mean, deviation: Math.sqrt(variance) };
}
