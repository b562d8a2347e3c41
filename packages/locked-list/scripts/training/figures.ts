/** What tables do with a set of rows, in numbers. Pure. */
import { type Costs, costsBy } from '../../src/score/cost.ts';
import { log2GuessesOf } from '../../src/score/guesses.ts';
import { readTables } from '../../src/score/tables.ts';
import { meanAndDeviation } from './quantize.ts';

/** Slots of a row: it must have as many subsets with the least score. */
export const SLOTS = [1, 2, 4] as const;
/** As `minimalScore` says. */
const leastOf = (bits: number): number => (90.5 * bits) / 96;

export interface Figures {
  readonly rows: number;
  /** Of the model of photographs, in bits, over all subsets. */
  readonly asPhotograph: { readonly mean: number; readonly deviation: number };
  /** Below the least score at subset 0. */
  readonly failOne: number;
  /** With fewer subsets than slots that have the least score: refused. For each of SLOTS. */
  readonly refused: readonly number[];
  readonly medianScore: number;
  readonly leastScore: number;
  /** log2 of the guesses at the weakest of all subsets, and at the weakest of the best four that have the least score. */
  readonly leastGuesses: number;
  readonly leastGuessesKept: number;
}

export function figuresOf(tables: Uint8Array, rows: readonly Uint8Array[], bits: 96 | 112): Figures {
  const read = readTables(tables);
  return measured(costsBy(read), read.photographs.length, rows, bits);
}

function measured(costs: Costs, subsets: number, rows: readonly Uint8Array[], bits: number): Figures {
  const least = leastOf(bits);
  const slots = SLOTS[SLOTS.length - 1] as number;
  const each = rows.map((row) => {
    const all = Array.from({ length: subsets }, (_, j) => costs(row, j, bits)).map((models) => ({
      asPhotograph: models[0]?.cost as number,
      score: models.reduce((most, { cost }) => Math.min(most, cost), Infinity),
      guesses: models.reduce((most, model) => Math.min(most, log2GuessesOf(model)), Infinity),
    }));
    const usable = all.filter(({ score }) => score >= least);
    const kept = [...usable].sort((a, b) => b.score - a.score).slice(0, slots);
    return {
      usable: usable.length,
      first: all[0]?.score as number,
      photograph: all.map(({ asPhotograph }) => asPhotograph),
      guesses: Math.min(...all.map(({ guesses }) => guesses)),
      guessesKept: kept.length < slots ? Infinity : Math.min(...kept.map(({ guesses }) => guesses)),
    };
  });
  const share = (fails: (row: (typeof each)[number]) => boolean): number => each.filter(fails).length / each.length;
  const [mean, deviation] = meanAndDeviation(each.flatMap(({ photograph }) => photograph));
  const first = each.map((row) => row.first).sort((a, b) => a - b);
  return {
    rows: rows.length,
    asPhotograph: { mean, deviation },
    failOne: share((row) => row.first < least),
    refused: SLOTS.map((count) => share(({ usable }) => usable < count)),
    medianScore: first[Math.floor(first.length / 2)] as number,
    leastScore: first[0] as number,
    leastGuesses: Math.min(...each.map(({ guesses }) => guesses)),
    leastGuessesKept: Math.min(...each.map(({ guessesKept }) => guessesKept)),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const FIGURES_HEAD = `| rows | number | subset 0 | 1 slot | 2 slots | 4 slots | median score | least score |
| --- | --- | --- | --- | --- | --- | --- | --- |`;

export function lineOf(name: string, figures: Figures): string {
  const { rows, failOne, refused, medianScore, leastScore } = figures;
  return `| ${[name, rows, percent(failOne), ...refused.map(percent), medianScore.toFixed(1), leastScore.toFixed(1)].join(' | ')} |`;
}
