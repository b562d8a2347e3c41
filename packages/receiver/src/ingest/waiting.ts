/**
 * Signals of an order or manifest that this receiver does not know yet: stored with a bound, checked again by each
 * scheduled refresh, and counted as unknown after seven days. Flow: store → here ← refresh.
 * Promise: no arrival causes a request. Spec: docs/design/receiver.md#waiting-signals.
 */
import { setImmediate } from 'node:timers/promises';
import { concatBytes } from '@lodestone/protocol/bytes';
import { type MatchSignal, parseSignal, printSignal } from '@lodestone/protocol/signal';
import { type Day, toDay } from '@lodestone/protocol/time';
import type { Selectable, Transaction } from 'kysely';
import type { TrustedTime } from '../clock/trusted-time.ts';
import type { Database, Tables } from '../db/schema.ts';
import type { WaitingTable } from '../db/schema-signals.ts';
import { type CheckedBody, type CheckInputs, checkVerified, type CountedSignal, type WaitingSignal } from './check.ts';
import { type OutcomeCounts, zeroCounts } from './outcome.ts';
import { storeCounts } from './store-counts.ts';
import { storeSignals } from './store-signals.ts';

/** All rows, and those without a signed subject id: anybody can make these, so they cannot take the others' places. */
export const MAX_WAITING = { all: 100_000, unsigned: 10_000 } as const;
const WAITING_DAYS = 7;
const PAGE = 500;

/** Signals for which there is no place get now the outcome that they would get after seven days. */
export async function storeWaiting(
  tx: Transaction<Tables>,
  signals: readonly WaitingSignal[],
  counts: OutcomeCounts,
): Promise<void> {
  if (signals.length === 0) return;
  const places = await freePlaces(tx);
  const stored = signals.filter(({ signal, reason }) => {
    const isFree = places.all > 0 && (signal.lastDay !== 0 || places.unsigned > 0);
    if (!isFree) counts[reason]++;
    else {
      places.all--;
      if (signal.lastDay === 0) places.unsigned--;
    }
    return isFree;
  });
  if (stored.length > 0) await tx.insertInto('waiting').values(stored.map(rowOf)).execute();
}

async function freePlaces(tx: Transaction<Tables>): Promise<{ all: number; unsigned: number }> {
  const rows = await tx
    .selectFrom('waiting')
    .select(['isVerified', ({ fn }) => fn.countAll<number>().as('count')])
    .groupBy('isVerified')
    .execute();
  const all = rows.reduce((sum, { count }) => sum + count, 0);
  const unsigned = rows.find(({ isVerified }) => !isVerified)?.count ?? 0;
  return { all: MAX_WAITING.all - all, unsigned: MAX_WAITING.unsigned - unsigned };
}

function rowOf({ signal, arrivalDay }: WaitingSignal): WaitingTable {
  const { signalId, orderDigest, manifestDigest, lastDay } = signal;
  const isVerified = lastDay !== 0;
  return { signalId, plaintext: withoutSignature(signal), orderDigest, manifestDigest, isVerified, arrivalDay };
}

const SIGNATURE = { start: 108, end: 172 } as const;

function withoutSignature(signal: MatchSignal): Uint8Array {
  const bytes = printSignal(signal);
  return concatBytes(bytes.subarray(0, SIGNATURE.start), bytes.subarray(SIGNATURE.end));
}

/** In the place of the verified signature, ones: a signal with a pseudonym must have one. */
function restore({ plaintext, isVerified }: Selectable<WaitingTable>): MatchSignal {
  const signature = new Uint8Array(SIGNATURE.end - SIGNATURE.start).fill(isVerified ? 1 : 0);
  const [head, tail] = [plaintext.subarray(0, SIGNATURE.start), plaintext.subarray(SIGNATURE.start)];
  const signal = parseSignal(concatBytes(head, signature, tail));
  if (signal.kind === 'cover') throw new TypeError('a cover does not wait');
  return signal;
}

/** Checks again what has become known, and counts as unknown what has waited too long. Call it after a refresh. */
export async function settleWaiting(db: Database, inputs: CheckInputs, now: TrustedTime): Promise<void> {
  const today = toDay(now);
  for (let after: Uint8Array = new Uint8Array(); ;) {
    const rows = await knownOrOld(db, after, (today - WAITING_DAYS) as Day);
    const settled = rows.flatMap((row) => {
      const checked = settle(row, inputs, now);
      return checked ? [{ row, checked }] : [];
    });
    if (settled.length > 0) await storeSettled(db, settled, today);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.signalId;
    await setImmediate();
  }
}

async function knownOrOld(db: Database, after: Uint8Array, oldest: Day): Promise<Selectable<WaitingTable>[]> {
  return db
    .selectFrom('waiting')
    .selectAll()
    .where('signalId', '>', after)
    .where(({ eb, or, and, selectFrom }) =>
      or([
        eb('arrivalDay', '<', oldest),
        and([
          eb('orderDigest', 'in', selectFrom('orders').select('orderDigest')),
          eb('manifestDigest', 'in', selectFrom('manifests').select('manifestDigest')),
        ]),
      ]),
    )
    .orderBy('signalId')
    .limit(PAGE)
    .execute();
}

/** @returns undefined if the signal waits on */
function settle(
  row: Selectable<WaitingTable>,
  inputs: CheckInputs,
  now: number,
): Exclude<CheckedBody, WaitingSignal> | undefined {
  const signal = restore(row);
  const endpoint = inputs.loaded.orders.get(signal.orderDigest)?.order.receiver?.endpoint;
  // The subject id was verified for the receiver's own endpoint.
  if (row.isVerified && endpoint !== undefined && inputs.endpoint !== undefined && !isSame(endpoint, inputs.endpoint))
    return { outcome: 'invalidSubjectId' };
  const checked = checkVerified(signal, inputs, now);
  if (checked.outcome === 'counted') return { ...checked, arrivalDay: row.arrivalDay };
  if (checked.outcome !== 'waiting') return checked;
  return row.arrivalDay < toDay(now) - WAITING_DAYS ? { outcome: checked.reason } : undefined;
}

function isSame(a: string, b: string): boolean {
  return new URL(a).href === new URL(b).href;
}

interface Settled {
  row: Selectable<WaitingTable>;
  checked: { outcome: Exclude<CheckedBody['outcome'], 'waiting' | 'counted'> } | CountedSignal;
}

/** Another receiver on this database may settle the same rows: each row counts where it was deleted. */
async function storeSettled(db: Database, settled: readonly Settled[], today: Day): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const deleted = await tx
      .deleteFrom('waiting')
      .where(
        'signalId',
        'in',
        settled.map(({ row }) => row.signalId),
      )
      .returning('signalId')
      .execute();
    const mine = new Set(deleted.map(({ signalId }) => Buffer.from(signalId).toString('hex')));
    const checked = settled
      .filter(({ row }) => mine.has(Buffer.from(row.signalId).toString('hex')))
      .map((each) => each.checked);
    const counts = zeroCounts();
    for (const { outcome } of checked) if (outcome !== 'counted') counts[outcome]++;
    await storeSignals(
      tx,
      checked.filter((each): each is CountedSignal => each.outcome === 'counted'),
      counts,
      today,
    );
    await storeCounts(tx, today, counts);
  });
}
