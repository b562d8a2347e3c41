/** Adds to the daily counts: bodies by outcome, and counted signals by order. Flow: store, waiting → here. Spec: docs/design/receiver.md#outcomes. */
import type { Day } from '@lodestone/protocol/time';
import { type ExpressionBuilder, type Insertable, sql, type Transaction } from 'kysely';
import { integerColumn } from '../db/columns.ts';
import type { OrderCountsTable, Tables } from '../db/schema.ts';
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
  if (rows.size > 0) await insertOrderCounts(tx, [...rows.values()]);
}

/** Sorted: two receivers that count for the same orders then wait for each other and cannot deadlock. */
export async function insertOrderCounts(
  tx: Transaction<Tables>,
  rows: readonly Insertable<OrderCountsTable>[],
): Promise<void> {
  await sql`
    insert into order_counts as c (order_no, day, signals)
    select * from unnest(
      ${integerColumn(rows.map(({ orderNo }) => orderNo))},
      ${integerColumn(rows.map(({ day }) => day))},
      ${integerColumn(rows.map(({ signals }) => signals))}
    ) as t (order_no, day, signals) order by order_no, day
    on conflict (order_no, day) do update set signals = c.signals + excluded.signals`.execute(tx);
}
