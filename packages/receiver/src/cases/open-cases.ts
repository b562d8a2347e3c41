/**
 * Puts counting windows that reached their threshold into cases, and counts what the cases hold. An exact match makes a
 * new case; without one it is only proposed, until a lead opens it. Flow: judge-windows → here → list-cases, act.
 * Promise: a decided case keeps the figures of its decision; later windows of its subject are another case.
 * Spec: docs/design/receiver.md#cases
 */
import { monthOf } from '@lodestone/protocol/subject-ids';
import type { Day } from '@lodestone/protocol/time';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { integerColumn } from '../db/columns.ts';
import type { Tables } from '../db/schema.ts';
import { signalCounts } from '../floods/counts.ts';
import { ADD } from '../report/counts.ts';
import { FIRST_DECISION_DAYS } from './due.ts';

/** @param wanted the windows, `w`, that were judged */
export async function openCases(tx: Transaction<Tables>, wanted: RawBuilder<boolean>, today: Day): Promise<void> {
  const rows = await createOrLock(tx, wanted, today);
  await assignWindows(tx, wanted);
  await deleteEmpty(
    tx,
    rows.map(({ caseNo }) => caseNo),
  );
  const created = rows.filter(({ isCreated }) => isCreated).map(({ caseNo }) => caseNo);
  await countEvidence(tx, wanted, created, today);
}

/** Sorted, so that two receivers that open or update the same cases wait for each other and cannot deadlock. */
async function createOrLock(
  tx: Transaction<Tables>,
  wanted: RawBuilder<boolean>,
  today: Day,
): Promise<{ caseNo: number; isCreated: boolean }[]> {
  const { rows } = await sql<{ caseNo: number; isCreated: boolean }>`
    insert into cases (pseudonym, source, order_id, state, is_decided, opened_day, state_day, due_day, newest_day,
      open_windows, exact_entries, entries, days)
    select w.pseudonym, w.source, w.order_id, 'proposed', false, ${today}::integer, ${today}::integer,
      ${today + FIRST_DECISION_DAYS}::integer, max(w.newest_day), 0, 0, 0, 0
    from counting_windows w left join cases c on c.case_no = w.case_no
    where ${wanted} and w.opened_day is not null and coalesce(not c.is_decided, true)
    group by w.pseudonym, w.source, w.order_id
    order by w.pseudonym, w.source, w.order_id
    on conflict (pseudonym, source, order_id) where not is_decided
    do update set newest_day = greatest(cases.newest_day, excluded.newest_day)
    returning case_no, xmax = 0 as is_created`.execute(tx);
  return rows;
}

async function assignWindows(tx: Transaction<Tables>, wanted: RawBuilder<boolean>): Promise<void> {
  await sql`
    update counting_windows w set case_no = c.case_no from cases c
    where ${wanted} and w.opened_day is not null and w.case_no is null and not c.is_decided
      and c.pseudonym = w.pseudonym and c.source = w.source and c.order_id = w.order_id`.execute(tx);
}

/** Of a window whose case was decided in another transaction meanwhile: it stays with that case. */
async function deleteEmpty(tx: Transaction<Tables>, caseNos: readonly number[]): Promise<void> {
  if (caseNos.length === 0) return;
  await sql`
    delete from cases c where c.case_no in (${sql.join(caseNos)}) and c.state = 'proposed'
      and not exists (select 1 from counting_windows w where w.case_no = c.case_no)`.execute(tx);
}

/** Also adds to the totals of the month, in the same statement: how many became cases, and how many were only proposed. */
async function countEvidence(
  tx: Transaction<Tables>,
  wanted: RawBuilder<boolean>,
  created: readonly number[],
  today: Day,
): Promise<void> {
  await sql`
    with evidence as (
      select v.case_no,
        count(distinct v.window_no) as open_windows,
        count(distinct (v.reference, s.entry)) filter (where s.evidence = 'exact') as exact_entries,
        count(distinct (v.reference, s.entry)) filter (where s.entry is not null) as entries,
        count(distinct s.day) as days
      from counting_windows v
      left join signals s on s.window_no = v.window_no and ${signalCounts('v')}
      where v.closed_day is null
        and v.case_no in (select w.case_no from counting_windows w where ${wanted} and w.case_no is not null)
      group by v.case_no
    ), changed as (
    update cases c set
      open_windows = coalesce(e.open_windows, 0),
      exact_entries = coalesce(e.exact_entries, 0),
      entries = coalesce(e.entries, 0),
      days = coalesce(e.days, 0),
      state = case when c.state = 'proposed' and e.exact_entries > 0 then 'new' else c.state end,
      state_day = case when c.state = 'proposed' and e.exact_entries > 0 then ${today}::integer else c.state_day end,
      due_day = case when c.state = 'proposed' and e.exact_entries > 0
        then ${today + FIRST_DECISION_DAYS}::integer else c.due_day end
    from cases o left join evidence e on e.case_no = o.case_no
    where o.case_no = c.case_no and not c.is_decided
      and c.case_no in (select w.case_no from counting_windows w where ${wanted} and w.case_no is not null)
    returning c.case_no, o.state as before, c.state as after
    ), events as (
      select 'opened' as key, count(*) as count from changed where before = 'proposed' and after = 'new'
      union all
      select 'proposed', count(*) from changed where after = 'proposed' and case_no = any(${integerColumn(created)})
    )
    insert into monthly_counts as m (month, measure, dimension, key, count)
    select ${monthOf(today)}, 'cases', 'event', key, count from events where count > 0 order by key
    ${ADD}`.execute(tx);
}
