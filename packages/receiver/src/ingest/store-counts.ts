/** Adds to the daily counts, bodies by outcome and counted signals by order, and to the totals of the month. Flow: store, waiting → here. Spec: docs/design/receiver.md#outcomes. */
import { monthOf } from '@lodestone/protocol/subject-ids';
import type { Day } from '@lodestone/protocol/time';
import { type ExpressionBuilder, type Insertable, sql, type Transaction } from 'kysely';
import { integerColumn } from '../db/columns.ts';
import type { Tables } from '../db/schema.ts';
import type { OrderCountsTable } from '../db/schema-signals.ts';
import { insertCounts, type MonthCount } from '../report/counts.ts';
import type { CountedSignal } from './check.ts';
import { type OutcomeCounts, OUTCOMES } from './outcome.ts';

export async function storeCounts(tx: Transaction<Tables>, day: Day, counts: OutcomeCounts): Promise<void> {
  await tx
    .insertInto('counts')
    .values({ day, ...counts })
    .onConflict((conflict) => conflict.column('day').doUpdateSet((eb) => sums(eb)))
    .execute();
}

function sums(eb: ExpressionBuilder<Tables & { excluded: Tables['counts'] }, 'counts' | 'excluded'>) {
  return Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, eb(`counts.${outcome}`, '+', eb.ref(`excluded.${outcome}`))]),
  );
}

export async function storeOrderCounts(tx: Transaction<Tables>, counted: readonly CountedSignal[]): Promise<void> {
  const rows = new Map<string, Insertable<OrderCountsTable>>();
  for (const { order, arrivalDay } of counted) {
    const key = `${order.orderNo} ${arrivalDay}`;
    const { signals } = rows.get(key) ?? { signals: 0 };
    rows.set(key, { orderNo: order.orderNo, day: arrivalDay, signals: signals + 1 });
  }
  if (rows.size > 0) await insertOrderCounts(tx, [...rows.values()], counted.flatMap(kindsOf));
}

/** For the totals of the month. Those by order are made of the days. */
function kindsOf({
  signal: { surface, media, evidence },
  item: { reference },
  arrivalDay,
}: CountedSignal): MonthCount[] {
  const of = { month: monthOf(arrivalDay), measure: 'signals' } as const;
  return [
    { ...of, dimension: 'list', key: reference },
    { ...of, dimension: 'surface', key: surface },
    { ...of, dimension: 'media', key: media },
    { ...of, dimension: 'evidence', key: evidence },
  ];
}

/** One statement, as for a batch without a signal. Sorted: two receivers that count for the same orders then wait for each other and cannot deadlock. */
export async function insertOrderCounts(
  tx: Transaction<Tables>,
  rows: readonly Insertable<OrderCountsTable>[],
  kinds: readonly MonthCount[],
): Promise<void> {
  await sql`
    with by_order as (
    insert into order_counts as c (order_no, day, signals)
    select * from unnest(
      ${integerColumn(rows.map(({ orderNo }) => orderNo))},
      ${integerColumn(rows.map(({ day }) => day))},
      ${integerColumn(rows.map(({ signals }) => signals))}
    ) as t (order_no, day, signals) order by order_no, day
    on conflict (order_no, day) do update set signals = c.signals + excluded.signals
    )
    ${insertCounts(kinds)}`.execute(tx);
}
