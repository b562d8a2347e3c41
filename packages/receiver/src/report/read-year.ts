/**
 * Reads what a year's figures are made of: totals by month, and the days that are not yet among them. Flow: database → here → breakdowns.
 * Promise: retention and erasure change nothing of it. Spec: docs/design/receiver.md#yearly-report
 */
import { sql, type Transaction } from 'kysely';
import type { Dimension, Measure } from '../db/schema-report.ts';
import type { Tables } from '../db/schema.ts';
import { OUTCOMES } from '../ingest/outcome.ts';
import { type ActionCount, monthOfDay, readActionKey } from './counts.ts';

interface MonthRow {
  month: string;
  measure: Measure;
  dimension: Dimension;
  key: string;
  count: number;
}

export class YearFigures {
  readonly #months: readonly MonthRow[];

  constructor(months: readonly MonthRow[]) {
    this.#months = months;
  }

  /** Key → count of the year. */
  by(measure: Measure, dimension: Dimension): Map<string, number> {
    return this.#sum(measure, dimension, ({ key }) => key);
  }

  /** `01` to `12` → count. */
  byMonth(measure: Measure, dimension: Dimension): Map<string, number> {
    return this.#sum(measure, dimension, ({ month }) => month.slice(5));
  }

  /** How many recorded actions are so. */
  recorded(is: (action: ActionCount) => boolean): number {
    const all = [...this.by('actions', 'action')].map(([key, count]) => readActionKey(key, count));
    return all.filter(is).reduce((sum, { count }) => sum + count, 0);
  }

  #sum(measure: Measure, dimension: Dimension, keyOf: (row: MonthRow) => string): Map<string, number> {
    const sums = new Map<string, number>();
    for (const row of this.#months) {
      if (row.measure !== measure || row.dimension !== dimension) continue;
      sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row.count);
    }
    return sums;
  }
}

/** @param tx a transaction of one snapshot: retention may move days into months meanwhile */
export async function readYear(tx: Transaction<Tables>, year: number): Promise<YearFigures> {
  const isOfYear = (month: ReturnType<typeof monthOfDay>) => sql<boolean>`left(${month}, 4) = ${String(year)}`;
  const stored = await tx
    .selectFrom('monthlyCounts')
    .select(['month', 'measure', 'dimension', 'key', 'count'])
    .where(isOfYear(sql.ref('month')))
    .execute();
  const { rows: signals } = await sql<MonthRow>`
    select ${monthOfDay(sql.ref('c.day'))} as month, 'signals' as measure, 'order' as dimension,
      o.source || ':' || o.order_id as key, sum(c.signals)::bigint as count
    from order_counts c join orders o using (order_no)
    where ${isOfYear(monthOfDay(sql.ref('c.day')))} group by 1, 4`.execute(tx);
  const outcomes = sql.join(OUTCOMES.map((outcome) => sql`(${sql.lit(outcome)}, ${sql.ref(`c.${outcome}`)})`));
  const { rows: requests } = await sql<MonthRow>`
    select ${monthOfDay(sql.ref('c.day'))} as month, 'requests' as measure, 'outcome' as dimension, o.key,
      sum(o.count)::bigint as count
    from counts c, lateral (values ${outcomes}) as o (key, count)
    where ${isOfYear(monthOfDay(sql.ref('c.day')))} group by 1, 4`.execute(tx);
  return new YearFigures([...stored, ...signals, ...requests]);
}

/** The day on which a database that was in use before began to count by month; null if it counts from its first signal on. */
export async function readBegan(tx: Transaction<Tables>): Promise<string | null> {
  const began = await tx.selectFrom('monthlyCounts').select('key').where('measure', '=', 'began').executeTakeFirst();
  return began?.key ?? null;
}
