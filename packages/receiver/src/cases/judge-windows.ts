/**
 * Decides which counting windows reached their threshold: distinct entries of a list that count, or distinct
 * days of a model. Flow: ingest/store-signals, sources/store-suppressions → here → open-cases.
 * Promise: this repeats the device's own count. Spec: docs/design/receiver.md#cases.
 */
import type { TargetReference } from '@lodestone/protocol/paths';
import type { Day } from '@lodestone/protocol/time';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { integerColumn } from '../db/columns.ts';
import type { Tables } from '../db/schema.ts';
import { signalCounts } from '../floods/counts.ts';
import { openCases } from './open-cases.ts';

/** The windows to judge: those that received signals or have an entry, or those of a list whose entries were withdrawn. */
export type JudgedWindows = { windowNos: readonly number[] } | { reference: TargetReference };

/** Opens windows that reached the threshold, with their cases, and closes those that are below it again. @returns how many changed */
export async function judgeWindows(tx: Transaction<Tables>, which: JudgedWindows, today: Day): Promise<number> {
  if ('windowNos' in which && which.windowNos.length === 0) return 0;
  const wanted = isWanted(which);
  const { numAffectedRows } = await sql`
    with judged as (
      select w.window_no,
        count(distinct case when w.kind = 'match' then s.entry else s.day end) >= w.threshold as is_reached
      from counting_windows w
      join signals s on s.window_no = w.window_no
      where ${wanted} and ${signalCounts('w')}
      group by w.window_no
    )
    update counting_windows w set
      opened_day = case when coalesce(j.is_reached, false) then coalesce(w.opened_day, ${today}::integer) else w.opened_day end,
      closed_day = case when coalesce(j.is_reached, false) then null else ${today}::integer end
    from counting_windows v left join judged j on j.window_no = v.window_no
    where v.window_no = w.window_no and ${wanted}
      and coalesce(j.is_reached, false) <> (w.opened_day is not null and w.closed_day is null)`.execute(tx);
  await openCases(tx, wanted, today);
  return Number(numAffectedRows ?? 0);
}

function isWanted(which: JudgedWindows): RawBuilder<boolean> {
  if ('windowNos' in which) return sql<boolean>`w.window_no = any(${integerColumn(which.windowNos)})`;
  return sql<boolean>`w.reference = ${which.reference} and w.opened_day is not null`;
}

/** Judges the windows that have an entry. They are looked up once: signals have no index by entry, so it reads all of them. */
export async function judgeEntry(
  tx: Transaction<Tables>,
  { reference, entry }: { reference: TargetReference; entry: number },
  today: Day,
): Promise<void> {
  const { rows } = await sql<{ windowNo: number }>`
    select distinct w.window_no from signals s join counting_windows w on w.window_no = s.window_no
    where s.entry = ${entry}::bigint and w.reference = ${reference}`.execute(tx);
  await judgeWindows(tx, { windowNos: rows.map(({ windowNo }) => windowNo) }, today);
}
