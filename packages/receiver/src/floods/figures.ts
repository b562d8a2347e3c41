/**
 * What matches entries in a flood now: how many signals and subjects, of which evidence, and in how many undecided cases.
 * Flow: list, decide → here. Promise: one query, whichever floods. It reads all signals, because an index by entry would be written with each of them.
 * Spec: docs/design/receiver.md#floods
 */
import type { Day } from '@lodestone/protocol/time';
import { sql, type Transaction } from 'kysely';
import { integerColumn } from '../db/columns.ts';
import type { FloodsTable } from '../db/schema-floods.ts';
import type { Database, Tables } from '../db/schema.ts';

export interface FloodFigures {
  /** Signals on the entry that are still stored. */
  signals: number;
  /** Those that count although the entry is in quarantine. */
  exactSignals: number;
  /** Distinct subjects of these signals. */
  subjects: number;
  /** Distinct days of arrival. */
  days: number;
  /** Undecided cases that have the entry. */
  cases: number;
}

export const NO_FIGURES: FloodFigures = { signals: 0, exactSignals: 0, subjects: 0, days: 0, cases: 0 };

/** @returns number of the flood → its figures; nothing for a flood without signals */
export async function floodFigures(
  db: Database | Transaction<Tables>,
  floodNos: readonly number[],
): Promise<ReadonlyMap<number, FloodFigures>> {
  if (floodNos.length === 0) return new Map();
  const { rows } = await sql<FloodFigures & { floodNo: number }>`
    select f.flood_no, count(*) as signals, count(*) filter (where s.evidence = 'exact') as exact_signals,
      count(distinct w.pseudonym) as subjects, count(distinct s.arrival_day) as days, count(distinct c.case_no) as cases
    from floods f
    join signals s on s.entry = f.entry
    join counting_windows w on w.window_no = s.window_no and w.reference = f.reference
    left join cases c on c.case_no = w.case_no and not c.is_decided
    where f.flood_no = any(${integerColumn(floodNos)})
    group by f.flood_no`.execute(db);
  return new Map(rows.map(({ floodNo, ...figures }) => [floodNo, figures]));
}

export interface FloodDay {
  /** Day of arrival. */
  day: Day;
  signals: number;
}

type FloodEntry = Pick<FloodsTable, 'reference' | 'entry'>;

/** Of one flood, with its days. One look at all signals, for a constant entry: with a join, the planner reads every window of the list. */
export async function figuresOfFlood(
  db: Database | Transaction<Tables>,
  { reference, entry }: FloodEntry,
): Promise<FloodFigures & { byDay: FloodDay[] }> {
  const { rows } = await sql<FloodFigures & { day: Day | null }>`
    select s.arrival_day as day, count(*) as signals, count(*) filter (where s.evidence = 'exact') as exact_signals,
      count(distinct w.pseudonym) as subjects, count(distinct s.arrival_day) as days, count(distinct c.case_no) as cases
    from signals s
    join counting_windows w on w.window_no = s.window_no and w.reference = ${reference}
    left join cases c on c.case_no = w.case_no and not c.is_decided
    where s.entry = ${entry}::bigint
    group by grouping sets ((s.arrival_day), ()) order by s.arrival_day`.execute(db);
  const { day: _, ...all } = rows.find(({ day }) => day === null) ?? { day: null, ...NO_FIGURES };
  return { ...all, byDay: rows.flatMap(({ day, signals }) => (day === null ? [] : [{ day, signals }])) };
}
