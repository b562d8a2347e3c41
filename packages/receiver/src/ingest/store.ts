/**
 * Stores a batch in one transaction: the ids first, which finds duplicates, then the signals that can open a case, then
 * the counts. A batch of cover traffic commits as well. Promise: no signal is counted twice.
 * Flow: batch → here → database. Spec: docs/design/receiver.md#ingest.
 */
import { compareBytes, toHex } from '@lodestone/protocol/bytes';
import { type Day, toDay } from '@lodestone/protocol/time';
import { lastCountingDay } from '@lodestone/trust';
import type { ExpressionBuilder, Insertable, Transaction } from 'kysely';
import type { Database, OrderCountsTable, SignalsTable, Tables } from '../db/schema.ts';
import type { CheckedBody } from './check.ts';
import { type OutcomeCounts, OUTCOMES, zeroCounts } from './outcome.ts';

type CountedSignal = Extract<CheckedBody, { outcome: 'counted' }>;

export async function storeBatch(db: Database, batch: readonly CheckedBody[], now: number): Promise<void> {
  const { counts, signals } = splitBatch(batch);
  await db.transaction().execute(async (tx) => {
    const fresh = await storeIds(tx, signals);
    counts.counted += fresh.length;
    counts.duplicate += signals.length - fresh.length;
    await storeSignals(tx, fresh);
    await storeOrderCounts(tx, fresh);
    await storeCounts(tx, toDay(now), counts);
  });
}

/** Each signal once, sorted by id: two receivers that store the same ids then wait for each other and cannot deadlock. */
function splitBatch(batch: readonly CheckedBody[]): { counts: OutcomeCounts; signals: CountedSignal[] } {
  const counts = zeroCounts();
  const byId = new Map<string, CountedSignal>();
  for (const checked of batch) {
    if (checked.outcome !== 'counted') counts[checked.outcome]++;
    else if (byId.has(toHex(checked.signal.signalId))) counts.duplicate++;
    else byId.set(toHex(checked.signal.signalId), checked);
  }
  return { counts, signals: [...byId.values()].sort((a, b) => compareBytes(a.signal.signalId, b.signal.signalId)) };
}

/** @returns the signals whose ids are new */
async function storeIds(tx: Transaction<Tables>, signals: readonly CountedSignal[]): Promise<CountedSignal[]> {
  if (signals.length === 0) return [];
  const inserted = await tx
    .insertInto('signalIds')
    .values(
      signals.map(({ signal, item }) => ({
        signalId: signal.signalId,
        deleteAfter: lastCountingDay(signal.day, item.withinDays),
      })),
    )
    .onConflict((conflict) => conflict.column('signalId').doNothing())
    .returning('signalId')
    .execute();
  const fresh = new Set(inserted.map(({ signalId }) => toHex(signalId)));
  return signals.filter(({ signal }) => fresh.has(toHex(signal.signalId)));
}

async function storeSignals(tx: Transaction<Tables>, fresh: readonly CountedSignal[]): Promise<void> {
  const rows = fresh.filter(({ order }) => order.order.receiver?.subject === 'pseudonym').map(rowOf);
  if (rows.length > 0) await tx.insertInto('signals').values(rows).execute();
}

function rowOf({ signal, order, item, arrivalDay }: CountedSignal): Insertable<SignalsTable> {
  const { signalId, manifestDigest, kind, entry, level, surface, media, day } = signal;
  const { reference, countingWindowStart, threshold } = item;
  return {
    signalId,
    pseudonym: signal.pseudonym,
    orderNo: order.orderNo,
    manifestDigest,
    reference,
    kind,
    entry,
    level,
    surface,
    media,
    day,
    countingWindowStart,
    threshold,
    arrivalDay,
  };
}

async function storeOrderCounts(tx: Transaction<Tables>, fresh: readonly CountedSignal[]): Promise<void> {
  const rows = new Map<string, Insertable<OrderCountsTable>>();
  for (const { order, arrivalDay } of fresh) {
    const key = `${order.orderNo} ${arrivalDay}`;
    const { signals } = rows.get(key) ?? { signals: 0 };
    rows.set(key, { orderNo: order.orderNo, day: arrivalDay, signals: signals + 1 });
  }
  if (rows.size === 0) return;
  await tx
    .insertInto('orderCounts')
    .values([...rows.values()].sort((a, b) => a.orderNo - b.orderNo || a.day - b.day))
    .onConflict((conflict) =>
      conflict
        .columns(['orderNo', 'day'])
        .doUpdateSet((eb) => ({ signals: eb('orderCounts.signals', '+', eb.ref('excluded.signals')) })),
    )
    .execute();
}

async function storeCounts(tx: Transaction<Tables>, day: Day, counts: OutcomeCounts): Promise<void> {
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
