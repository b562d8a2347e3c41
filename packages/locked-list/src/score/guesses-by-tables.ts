/** The estimate of guesses for a row, by all models of the tables. Flow: score → here → cost, guesses. Spec: docs/detection/locked-scoring.md#guesses */
import type { Costs } from './cost.ts';
import { type GuessLines, linesOfIndependent, log2GuessesOf } from './guesses.ts';
import type { ScoringTables, SubsetModel } from './tables.ts';

/** As `Costs`. @returns the least estimated log2 of the number of guesses */
export type Guesses = (row: Uint8Array, subset: number, bits: number) => number;

export function guessesBy(tables: ScoringTables, costs: Costs): Guesses {
  const known = new Map<string, readonly GuessLines[]>();

  const linesFor = (subset: number, bits: number): readonly GuessLines[] => {
    const key = `${subset} ${bits}`;
    const { predictions, lines } = tables.photographs[subset] as SubsetModel;
    const places = predictions.slice(0, bits).map(({ bit }) => bit);
    const all = known.get(key) ?? [
      lines[bits === tables.innerBits ? 0 : 1],
      ...tables.classes.map((logOdds) =>
        linesOfIndependent(Float64Array.from(places, (bit) => logOdds[bit] as number)),
      ),
    ];
    known.set(key, all);
    return all;
  };

  return (row, subset, bits) => {
    const each = costs(row, subset, bits);
    const lines = linesFor(subset, bits);
    return each.reduce(
      (least, cost, model) => Math.min(least, log2GuessesOf(cost, lines[model] as GuessLines)),
      Infinity,
    );
  };
}
