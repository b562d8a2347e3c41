/**
 * Totals over all days: bodies by outcome, and signals by order. Flow: database → here → console.
 * Spec: docs/design/receiver.md#outcomes.
 */
import type { Name } from '@lodestone/protocol/name';
import type { Database } from '../db/schema.ts';
import { OUTCOMES, type OutcomeCounts, zeroCounts } from '../ingest/outcome.ts';

export async function readOutcomeCounts(db: Database): Promise<OutcomeCounts> {
  const sums = await db
    .selectFrom('counts')
    .select(({ fn }) => OUTCOMES.map((outcome) => fn.sum<number | string | null>(outcome).as(outcome)))
    .executeTakeFirstOrThrow();
  // A sum of bigint is numeric, which both drivers return as text; without rows it is null.
  const totals = Object.entries(sums).map(([outcome, sum]) => [outcome, Number(sum ?? 0)]);
  return { ...zeroCounts(), ...Object.fromEntries(totals) };
}

export async function readWaitingCount(db: Database): Promise<number> {
  const { count } = await db
    .selectFrom('waiting')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

export interface OrderCount {
  source: Name;
  orderId: Name;
  signals: number;
}

/** One row for all versions of an order. */
export async function readOrderCounts(db: Database): Promise<OrderCount[]> {
  const rows = await db
    .selectFrom('orders')
    .leftJoin('orderCounts', 'orderCounts.orderNo', 'orders.orderNo')
    .select(['source', 'orderId'])
    .select(({ fn }) => fn.sum<number | string | null>('signals').as('signals'))
    .groupBy(['source', 'orderId'])
    .orderBy('source')
    .orderBy('orderId')
    .execute();
  return rows.map((row) => ({ ...row, signals: Number(row.signals ?? 0) }));
}
