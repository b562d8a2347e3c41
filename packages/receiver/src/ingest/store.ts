/**
 * Stores a batch in one transaction: the ids first, which finds duplicates, then the signals that wait, those that can open
 * a case, and the counts. A batch of cover traffic commits as well. Promise: no signal is counted twice.
 * Flow: batch → here → store-signals, waiting → database. Spec: docs/design/receiver.md#ingest.
 */
import { compareBytes, toHex } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { type Day, toDay } from '@lodestone/protocol/time';
import { lastCountingDay } from '@lodestone/trust';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';
import type { CheckedBody, CountedSignal, WaitingSignal } from './check.ts';
import { type OutcomeCounts, zeroCounts } from './outcome.ts';
import { storeCounts } from './store-counts.ts';
import { SMALL_BATCH, storeNothing } from './store-nothing.ts';
import { storeSignals } from './store-signals.ts';
import { storeWaiting } from './waiting.ts';

export async function storeBatch(db: Database, batch: readonly CheckedBody[], now: number): Promise<void> {
  const { counts, signals } = splitBatch(batch);
  const today = toDay(now);
  await db.transaction().execute(async (tx) => {
    const fresh = await storeIds(tx, signals);
    counts.duplicate += signals.length - fresh.length;
    await storeWaiting(
      tx,
      fresh.filter((each) => each.outcome === 'waiting'),
      counts,
    );
    await storeSignals(
      tx,
      fresh.filter((each) => each.outcome === 'counted'),
      counts,
      today,
    );
    if (batch.length <= SMALL_BATCH && !fresh.some(({ outcome }) => outcome === 'counted'))
      await storeNothing(tx, { ids: signals.length > 0, waiting: fresh.length > 0 }, today);
    await storeCounts(tx, today, counts);
  });
}

type IdentifiedSignal = CountedSignal | WaitingSignal;

/** Each signal once, sorted by id: two receivers that store the same ids then wait for each other and cannot deadlock. */
function splitBatch(batch: readonly CheckedBody[]): { counts: OutcomeCounts; signals: IdentifiedSignal[] } {
  const counts = zeroCounts();
  const byId = new Map<string, IdentifiedSignal>();
  for (const checked of batch) {
    if (checked.outcome !== 'counted' && checked.outcome !== 'waiting') counts[checked.outcome]++;
    else if (byId.has(toHex(checked.signal.signalId))) counts.duplicate++;
    else byId.set(toHex(checked.signal.signalId), checked);
  }
  return { counts, signals: [...byId.values()].sort((a, b) => compareBytes(a.signal.signalId, b.signal.signalId)) };
}

/** @returns the signals whose ids are new */
async function storeIds(tx: Transaction<Tables>, signals: readonly IdentifiedSignal[]): Promise<IdentifiedSignal[]> {
  if (signals.length === 0) return [];
  const rows = signals.map(({ signal: { signalId, day, lastDay } }) => ({
    signalId,
    // A signed id can return with any day up to its last one, and under an order that is not known yet.
    deleteAfter: lastCountingDay(Math.max(day, lastDay) as Day, LIMITS.signalWithinDays),
  }));
  const inserted = await tx
    .insertInto('signalIds')
    .values(rows)
    .onConflict((conflict) => conflict.column('signalId').doNothing())
    .returning('signalId')
    .execute();
  const fresh = new Set(inserted.map(({ signalId }) => toHex(signalId)));
  return signals.filter(({ signal }) => fresh.has(toHex(signal.signalId)));
}
