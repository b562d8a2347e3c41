/** Sums over all days: what became of the bodies that arrived, and how many signals each order brought. Spec: DESIGN §9. */
import type { Name } from '@lodestone/protocol/name';
import type { Database } from '../db/schema.ts';
import { type Counts, noCounts, OUTCOMES } from '../ingest/outcome.ts';

export async function readCounts(db: Database): Promise<Counts> {
  const sums = await db
    .selectFrom('counts')
    .select(({ fn }) => OUTCOMES.map((outcome) => fn.sum<number | string | null>(outcome).as(outcome)))
    .executeTakeFirstOrThrow();
  // A sum of bigint is numeric, which both drivers give as text; of no rows it is null.
  const counted = Object.entries(sums).map(([outcome, sum]) => [outcome, Number(sum ?? 0)]);
  return { ...noCounts(), ...Object.fromEntries(counted) };
}

export interface OrderCount {
  source: Name;
  id: Name;
  signals: number;
}

export async function readOrderCounts(db: Database): Promise<OrderCount[]> {
  const rows = await db
    .selectFrom('orders')
    .leftJoin('orderCounts', 'orderCounts.orderNo', 'orders.no')
    .select(['source', 'name'])
    .select(({ fn }) => fn.sum<number | string | null>('signals').as('signals'))
    .groupBy(['source', 'name'])
    .orderBy('source')
    .orderBy('name')
    .execute();
  return rows.map(({ source, name, signals }) => ({ source, id: name, signals: Number(signals ?? 0) }));
}
