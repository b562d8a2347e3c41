/** What a run of the quality report found, in numbers. Pure. Flow: measure → here → page, plot. */
import { variantGroups } from '@lodestone/pdq';
import { EDITS } from './edits.ts';
import type { NearestLocked } from './locked.ts';
import type { Measured, Nearest, NearestRows, Way } from './measure.ts';

export const DISTANCES = [15, 23, 31] as const;
const WAYS = ['plain', ...variantGroups] as const satisfies readonly Way[];
/**
 * `all`: with every variant and the picture's own hash. `crops`: by its own hash, in a list that has the crops of each picture too.
 * `everything`: with every variant, in such a list.
 */
export type Column = Way | 'all' | 'crops' | 'everything';
const COLUMNS: readonly Column[] = [...WAYS, 'all', 'crops', 'everything'];

/** The same columns of a locked list. */
const LOCKED_COLUMNS = ['own', 'variants', 'crops', 'everything'] as const satisfies readonly (keyof NearestLocked)[];

export interface EditFigures {
  readonly group: string;
  readonly name: string;
  /** How many photographs are found at each of DISTANCES. */
  readonly found: Readonly<Record<Column, readonly number[]>>;
  /** The same in a locked list. */
  readonly locked: Readonly<Record<keyof NearestLocked, readonly number[]>>;
  /** Of every `SAMPLE_EVERY`-th photograph, with all variants and crops, at the largest of DISTANCES: what engines are compared with. */
  readonly sampled: { readonly plain: number; readonly locked: number };
  /** Of the own hash and of the nearest of all. */
  readonly median: { readonly plain: number; readonly all: number };
}

/** One of this many photographs is looked up in each engine too. */
export const SAMPLE_EVERY = 10;

export interface QualityFigures {
  readonly photographs: number;
  readonly edits: readonly EditFigures[];
  /** How many pairs of different photographs are 0, 1, 2, … bits apart. */
  readonly others: Readonly<Record<Column, readonly number[]>>;
}

export function figuresOf({ copies, others }: Measured): QualityFigures {
  return {
    photographs: copies[0]?.length ?? 0,
    edits: EDITS.map(({ group, name }, i) => {
      const rows = copies[i] ?? [];
      return {
        group,
        name,
        found: byColumn((column) =>
          DISTANCES.map((most) => rows.filter((row) => distanceOf(row, column) <= most).length),
        ),
        locked: Object.fromEntries(
          LOCKED_COLUMNS.map((column) => [
            column,
            DISTANCES.map((most) => rows.filter(({ locked }) => locked[column] <= most).length),
          ]),
        ) as unknown as EditFigures['locked'],
        sampled: sampledOf(rows),
        median: { plain: medianOf(rows, 'plain'), all: medianOf(rows, 'all') },
      };
    }),
    others: byColumn((column) => histogramOf(others.map((row) => distanceOf(row, column)))),
  };
}

function sampledOf(rows: readonly NearestRows[]): EditFigures['sampled'] {
  const sample = rows.filter((_, i) => i % SAMPLE_EVERY === 0);
  const most = DISTANCES.at(-1) ?? 0;
  return {
    plain: sample.filter((row) => distanceOf(row, 'everything') <= most).length,
    locked: sample.filter(({ locked }) => locked.everything <= most).length,
  };
}

function byColumn<Value>(of: (column: Column) => Value): Record<Column, Value> {
  return Object.fromEntries(COLUMNS.map((column) => [column, of(column)])) as Record<Column, Value>;
}

function distanceOf({ toOwn, toCrops }: Nearest, column: Column): number {
  const all = Math.min(...Object.values(toOwn));
  if (column === 'all') return all;
  if (column === 'everything') return Math.min(all, toCrops.all);
  if (column === 'crops') return Math.min(toOwn.plain ?? Infinity, toCrops.plain);
  return toOwn[column] ?? Infinity;
}

function medianOf(rows: readonly Nearest[], column: Column): number {
  return rows.map((row) => distanceOf(row, column)).sort((a, b) => a - b)[Math.floor(rows.length / 2)] ?? 0;
}

/** Without those that gave no hash. */
function histogramOf(distances: readonly number[]): number[] {
  const counts: number[] = [];
  for (const bits of distances) if (bits < Infinity) counts[bits] = (counts[bits] ?? 0) + 1;
  return Array.from(counts, (count) => count ?? 0);
}
