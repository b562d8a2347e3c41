/**
 * Stores a batch in one transaction: ids first, so that what was counted before is seen; then the signals that can open
 * a case, then the counts. A batch of covers commits too. Promise: a signal is never counted twice. Spec: DESIGN §9.
 */
import { compareBytes, toHex } from '@lodestone/protocol/bytes';
import { type Day, toDay } from '@lodestone/protocol/time';
import { lastCountingDay } from '@lodestone/trust';
import type { ExpressionBuilder, Insertable, Transaction } from 'kysely';
import type { Database, OrderCountsTable, SignalsTable, Tables } from '../db/schema.ts';
import type { Checked } from './check.ts';
import { type Counts, noCounts, OUTCOMES } from './outcome.ts';

type Signal = Extract<Checked, { outcome: 'signal' }>;

export async function storeBatch(db: Database, batch: readonly Checked[], now: number): Promise<void> {
  const { counts, signals } = sort(batch);
  await db.transaction().execute(async (tx) => {
    const fresh = await storeIds(tx, signals);
    counts.signal += fresh.length;
    counts.duplicate += signals.length - fresh.length;
    await storeSignals(tx, fresh);
    await storeOrderCounts(tx, fresh);
    await storeCounts(tx, toDay(now), counts);
  });
}

/** Signals once each, in the order of their ids: two receivers that store the same ids then wait, and do not deadlock. */
function sort(batch: readonly Checked[]): { counts: Counts; signals: Signal[] } {
  const counts = noCounts();
  const byId = new Map<string, Signal>();
  for (const checked of batch) {
    if (checked.outcome !== 'signal') counts[checked.outcome]++;
    else if (byId.has(toHex(checked.signal.signalId))) counts.duplicate++;
    else byId.set(toHex(checked.signal.signalId), checked);
  }
  return { counts, signals: [...byId.values()].sort((a, b) => compareBytes(a.signal.signalId, b.signal.signalId)) };
}

/** Those of `signals` whose ids are new. */
async function storeIds(tx: Transaction<Tables>, signals: readonly Signal[]): Promise<Signal[]> {
  if (signals.length === 0) return [];
  const inserted = await tx
    .insertInto('signalIds')
    .values(
      signals.map(({ signal, place }) => ({
        id: signal.signalId,
        deleteAfter: lastCountingDay(signal.day, place.withinDays),
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .execute();
  const fresh = new Set(inserted.map(({ id }) => toHex(id)));
  return signals.filter(({ signal }) => fresh.has(toHex(signal.signalId)));
}

async function storeSignals(tx: Transaction<Tables>, fresh: readonly Signal[]): Promise<void> {
  const rows = fresh.filter(({ order }) => order.order.receiver?.subject === 'pseudonym').map(rowOf);
  if (rows.length > 0) await tx.insertInto('signals').values(rows).execute();
}

function rowOf({ signal, order, place, arrivedOn }: Signal): Insertable<SignalsTable> {
  const { signalId, manifestDigest, kind, entry, level, surface, media, day } = signal;
  return {
    ...{
      id: signalId,
      pseudonym: signal.subject.subarray(0, 16),
      orderNo: order.no,
      manifest: manifestDigest,
      reference: place.reference,
    },
    ...{
      kind,
      entry,
      level,
      surface,
      media,
      day,
      windowStart: place.windowStart,
      threshold: place.threshold,
      arrivedOn,
    },
  };
}

async function storeOrderCounts(tx: Transaction<Tables>, fresh: readonly Signal[]): Promise<void> {
  const rows = new Map<string, Insertable<OrderCountsTable>>();
  for (const { order, arrivedOn } of fresh) {
    const key = `${order.no} ${arrivedOn}`;
    const { signals } = rows.get(key) ?? { signals: 0 };
    rows.set(key, { orderNo: order.no, day: arrivedOn, signals: signals + 1 });
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

async function storeCounts(tx: Transaction<Tables>, day: Day, counts: Counts): Promise<void> {
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
