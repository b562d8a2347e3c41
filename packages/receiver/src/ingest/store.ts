/**
 * Stores a batch in one transaction: the ids first, which finds duplicates, then the signals that wait, those that can open
 * a case, and the counts. A batch of cover traffic commits as well. Promise: no signal is counted twice.
 * Flow: batch → here → store-signals, waiting → database. Spec: docs/design/receiver.md#ingest.
 */
import { toHex } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { type Day, toDay } from '@lodestone/protocol/time';
import { lastCountingDay } from '@lodestone/trust';
import { sql, type Transaction } from 'kysely';
import { bytesColumn, integerColumn } from '../db/columns.ts';
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
    const isSmall = batch.length <= SMALL_BATCH;
    const fresh = signals.length === 0 && !isSmall ? [] : await storeIds(tx, signals);
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
    if (isSmall && !fresh.some(({ outcome }) => outcome === 'counted')) await storeNothing(tx, fresh.length > 0, today);
    await storeCounts(tx, today, counts);
  });
}

type IdentifiedSignal = CountedSignal | WaitingSignal;

/** Each signal once. */
function splitBatch(batch: readonly CheckedBody[]): { counts: OutcomeCounts; signals: IdentifiedSignal[] } {
  const counts = zeroCounts();
  const byId = new Map<string, IdentifiedSignal>();
  for (const checked of batch) {
    if (checked.outcome !== 'counted' && checked.outcome !== 'waiting') counts[checked.outcome]++;
    else {
      const id = toHex(checked.signal.signalId);
      if (byId.has(id)) counts.duplicate++;
      else byId.set(id, checked);
    }
  }
  return { counts, signals: [...byId.values()] };
}

/**
 * Sorted by id: two receivers that store the same ids then wait for each other and cannot deadlock.
 * @returns the signals whose ids are new
 */
async function storeIds<T extends Pick<IdentifiedSignal, 'signal'>>(
  tx: Transaction<Tables>,
  signals: readonly T[],
): Promise<T[]> {
  // A signed id can return with any day up to its last one, and under an order that is not known yet.
  const lastReplay = ({ signal: { day, lastDay } }: T): Day =>
    lastCountingDay(Math.max(day, lastDay) as Day, LIMITS.signalWithinDays);
  const { rows } = await sql<{ n: number }>`
    with given as (
      select * from unnest(
        ${bytesColumn(signals.map(({ signal }) => signal.signalId))},
        ${integerColumn(signals.map(lastReplay))}
      ) with ordinality as t (signal_id, delete_after, n)
    ), stored as (
      insert into signal_ids (signal_id, delete_after)
      select signal_id, delete_after from given order by signal_id
      on conflict (signal_id) do nothing
      returning signal_id
    )
    select n::integer as n from given join stored using (signal_id) order by n`.execute(tx);
  return rows.flatMap(({ n }) => signals[n - 1] ?? []);
}
