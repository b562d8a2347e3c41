/**
 * Adds to the totals by month, in the transaction of what is counted. Flow: ingest, cases, contests, exports, retention → here → database.
 * Promise: nothing here leads to a case or a subject, so a total outlasts retention and erasure. Spec: docs/design/receiver.md#yearly-report
 */
import type { RecordedAction, RecordEntry } from '@lodestone/protocol/case-record';
import type { ActorRole, CaseState } from '@lodestone/protocol/case-review';
import { type Month, monthOf } from '@lodestone/protocol/subject-ids';
import type { Day } from '@lodestone/protocol/time';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { bigintColumn, textColumn } from '../db/columns.ts';
import type { Dimension, Measure } from '../db/schema-report.ts';
import type { Tables } from '../db/schema.ts';

export interface Count {
  measure: Measure;
  dimension: Dimension;
  key: string;
  /** Default 1. */
  count?: number;
}

export async function addCounts(tx: Transaction<Tables>, day: Day, counts: readonly Count[]): Promise<void> {
  if (counts.length > 0) await insertCounts(counts.map((count) => ({ ...count, month: monthOf(day) }))).execute(tx);
}

/** So many recorded actions of one kind. */
export interface ActionCount {
  type: RecordEntry['type'];
  action: RecordEntry['action'];
  role: ActorRole;
  /** Of a case; `-` for what is done to others. */
  before: CaseState | '-';
  after: CaseState | '-';
  count: number;
}

export function actionKey(action: RecordedAction, role: ActorRole): string {
  const [before, after] = action.type === 'case' ? [action.before, action.after] : ['-', '-'];
  return [action.type, action.action, role, before, after].join(' ');
}

export function readActionKey(key: string, count: number): ActionCount {
  const [type, action, role, before, after] = key.split(' ');
  return { type, action, role, before, after, count } as ActionCount;
}

export type MonthCount = Count & { month: Month };

/** The statement, which other statements of the ingest contain. Sorted: two receivers then wait for each other and cannot deadlock. */
export function insertCounts(counts: readonly MonthCount[]): RawBuilder<unknown> {
  const column = (key: 'month' | 'measure' | 'dimension' | 'key'): RawBuilder<unknown> =>
    textColumn(counts.map((each) => each[key]));
  return sql`
    insert into monthly_counts as m (month, measure, dimension, key, count)
    select month, measure, dimension, key, sum(count) from unnest(
      ${column('month')}, ${column('measure')}, ${column('dimension')}, ${column('key')},
      ${bigintColumn(counts.map(({ count = 1 }) => count))}
    ) as t (month, measure, dimension, key, count)
    group by month, measure, dimension, key order by month, measure, dimension, key
    ${ADD}`;
}

export const ADD: RawBuilder<unknown> = sql`on conflict (month, measure, dimension, key) do update set count = m.count + excluded.count`;

/** The month of a day, as `monthOf` prints it. @param day an SQL expression */
export const monthOfDay = (day: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`to_char(date '1970-01-01' + ${day}, 'YYYY-MM')`;
