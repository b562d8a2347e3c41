/** What tables do with rows, in numbers and as lines of a table. Pure. Flow: report → here. */
import { costsBy } from '../../src/score/cost.ts';
import { guessesBy } from '../../src/score/guesses-by-tables.ts';
import { readTables } from '../../src/score/tables.ts';

/** Numbers of subsets with the least score that a row could be required to have. The rule is the last one: `weak-row.ts`. */
const STRONG = [1, 2, 4] as const;
const MOST_SLOTS = 4;
/** As `minimalScore` says, which has the committed tables. */
const leastOf = (bits: number): number => (90.5 * bits) / 96;

export interface MeasuredRow {
  /** By the model of photographs, the mean over all subsets. */
  readonly asPhotograph: number;
  /** At subset 0. */
  readonly score: number;
  readonly isWeak: boolean;
  /** Subsets that have the least score. */
  readonly usable: number;
  /** Estimated log2, at the weakest subset, and at the weakest that the row would use with the most slots: the best ones. */
  readonly guesses: number;
  readonly guessesUsed: number;
}

export function measure(bytes: Uint8Array, rows: readonly Uint8Array[], bits: 96 | 112): MeasuredRow[] {
  const tables = readTables(bytes);
  const costs = costsBy(tables);
  const guessesFor = guessesBy(tables, costs);
  return rows.map((row) => {
    const subsets = tables.photographs.map((_, j) => {
      const each = costs(row, j, bits);
      return { asPhotograph: each[0] as number, score: Math.min(...each), guesses: guessesFor(row, j, bits) };
    });
    const usable = subsets.filter(({ score }) => score >= leastOf(bits)).sort((a, b) => b.score - a.score);
    const used = usable.slice(0, MOST_SLOTS).map(({ guesses }) => guesses);
    const score = subsets[0]?.score ?? 0;
    return {
      asPhotograph: meanOf(subsets.map(({ asPhotograph }) => asPhotograph)),
      score,
      isWeak: score < leastOf(bits),
      usable: usable.length,
      guesses: Math.min(...subsets.map(({ guesses }) => guesses)),
      guessesUsed: usable.length < MOST_SLOTS ? Infinity : Math.min(...used),
    };
  });
}

/** The share of rows that have fewer strong subsets; by the last number, rows are refused. */
export function refusedOf(rows: readonly MeasuredRow[]): string {
  return STRONG.map((strong) => percent(rows, ({ usable }) => usable < strong)).join(' | ');
}

export const HEAD = `| rows | number | as photographs | weak at subset 0 | fewer than 1 strong | 2 | 4: refused | median score | least | weakest: all | kept |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |`;

export function lineOf(name: string, rows: readonly MeasuredRow[]): string {
  const photographs = rows.map(({ asPhotograph }) => asPhotograph);
  const scores = rows.map(({ score }) => score).sort((a, b) => a - b);
  const cells = [
    name,
    rows.length.toLocaleString('en-US'),
    `${meanOf(photographs).toFixed(2)} ± ${deviationOf(photographs).toFixed(2)}`,
    percent(rows, ({ isWeak }) => isWeak),
    refusedOf(rows),
    (scores[Math.floor(scores.length / 2)] as number).toFixed(1),
    (scores[0] as number).toFixed(1),
    Math.min(...rows.map(({ guesses }) => guesses)).toFixed(0),
    Math.min(...rows.map(({ guessesUsed }) => guessesUsed)).toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

function percent(rows: readonly MeasuredRow[], is: (row: MeasuredRow) => boolean): string {
  return `${((100 * rows.filter(is).length) / rows.length).toFixed(1)} %`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}
