/**
 * What matches entries in a flood now: how many signals and subjects, of which evidence, and in how many undecided cases.
 * Flow: list, decide → here. Promise: one query, whichever floods; it reads all signals, because they have no index by entry.
 * Spec: docs/design/receiver.md#floods
 */
import { DAY_MS, type Day } from '@lodestone/protocol/time';
import { sql, type Transaction } from 'kysely';
import { integerColumn } from '../db/columns.ts';
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
  day: Day;
  signals: number;
}

/** By day of arrival, of the last `days` days; days without a signal are left out. */
export async function floodDays(db: Database, floodNo: number, now: number, days: number): Promise<FloodDay[]> {
  const first = Math.floor(now / DAY_MS) - days + 1;
  const { rows } = await sql<FloodDay>`
    select s.arrival_day as day, count(*) as signals
    from floods f
    join signals s on s.entry = f.entry and s.arrival_day >= ${first}::integer
    join counting_windows w on w.window_no = s.window_no and w.reference = f.reference
    where f.flood_no = ${floodNo}::integer
    group by s.arrival_day order by s.arrival_day`.execute(db);
  return rows;
}
