/**
 * Stores new signals in their counting windows, and opens the cases that they complete. Signals of an order without a
 * subject are only counted. Flow: store, waiting → here → cases/judge-windows. Promise: the rows of one subject are bounded.
 * Spec: docs/design/receiver.md#cases, docs/design/receiver.md#bounds.
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { Day } from '@lodestone/protocol/time';
import type { Insertable, Transaction } from 'kysely';
import { erasedSubjects, type Subject } from '../cases/erase.ts';
import { judgeWindows } from '../cases/judge-windows.ts';
import type { CountingWindowsTable, SignalsTable, Tables } from '../db/schema.ts';
import type { CountedSignal } from './check.ts';
import type { OutcomeCounts } from './outcome.ts';
import { storeOrderCounts } from './store-counts.ts';

/** More than one device has ids for: 40 in each of the four months that a window of 90 days touches. */
export const SIGNALS_PER_WINDOW = 256;

/** @param counts gets the outcome of each signal */
export async function storeSignals(
  tx: Transaction<Tables>,
  signals: readonly CountedSignal[],
  counts: OutcomeCounts,
  today: Day,
): Promise<void> {
  if (signals.length === 0) return;
  const kept = await withoutErased(tx, signals);
  counts.erased += signals.length - kept.length;
  const { rows, counted } = await withinLimits(tx, kept);
  counts.overLimit += kept.length - counted.length;
  counts.counted += counted.length;
  if (rows.length > 0) {
    await tx.insertInto('signals').values(rows).execute();
    await judgeWindows(tx, { windowNos: [...new Set(rows.map(({ windowNo }) => windowNo))] }, today);
  }
  await storeOrderCounts(tx, counted);
}

const subjectOf = ({ signal, order }: CountedSignal): Subject => ({
  pseudonym: signal.pseudonym,
  source: order.source,
  orderId: order.orderId,
});
const hasSubject = ({ order }: CountedSignal): boolean => order.order.receiver?.subject === 'pseudonym';

/** Without those up to the day after an erasure, or after a decision for the user, because a device's clock may be a day ahead. */
async function withoutErased(
  tx: Transaction<Tables>,
  signals: readonly CountedSignal[],
): Promise<readonly CountedSignal[]> {
  const erasedUntil = await erasedSubjects(tx, signals.filter(hasSubject).map(subjectOf));
  return signals.filter(
    (each) => !hasSubject(each) || each.signal.day > (erasedUntil(subjectOf(each)) ?? -Infinity) + 1,
  );
}

interface WindowSignals {
  window: ReturnType<typeof windowOf>;
  of: CountedSignal[];
}

/** Counts the signals in their windows, and chooses those that are stored. */
async function withinLimits(
  tx: Transaction<Tables>,
  signals: readonly CountedSignal[],
): Promise<{ rows: Insertable<SignalsTable>[]; counted: CountedSignal[] }> {
  const byWindow = new Map<string, WindowSignals>();
  const counted = signals.filter((signal) => !hasSubject(signal));
  for (const signal of signals.filter(hasSubject)) {
    const window = windowOf(signal);
    const { of }: WindowSignals = byWindow.get(keyOf(window)) ?? { window, of: [] };
    of.push(signal);
    byWindow.set(keyOf(window), { window, of });
  }
  const rows: Insertable<SignalsTable>[] = [];
  if (byWindow.size === 0) return { rows, counted };
  const windows = [...byWindow.values()].map(({ window, of }) => ({ ...window, ...summaryOf(of) }));
  for (const stored of await storeWindows(tx, windows)) {
    const { of } = byWindow.get(keyOf(stored)) ?? { of: [] };
    const free = Math.max(0, SIGNALS_PER_WINDOW - (stored.signals - of.length));
    for (const signal of of.slice(0, free)) {
      counted.push(signal);
      rows.push(rowOf(signal, stored.windowNo));
    }
  }
  return { rows, counted };
}

type WindowKey = Pick<
  Insertable<CountingWindowsTable>,
  'pseudonym' | 'source' | 'orderId' | 'reference' | 'firstDay' | 'withinDays'
>;

function keyOf({ pseudonym, source, orderId, reference, firstDay, withinDays }: WindowKey): string {
  return [toHex(pseudonym), source, orderId, reference, firstDay, withinDays].join(' ');
}

function windowOf({ signal, order, item }: CountedSignal): WindowKey & Pick<CountingWindowsTable, 'kind'> {
  return {
    pseudonym: signal.pseudonym,
    source: order.source,
    orderId: order.orderId,
    reference: item.reference,
    kind: signal.kind,
    firstDay: item.countingWindowStart,
    withinDays: item.withinDays,
  };
}

/** Versions of an order may have different thresholds. The least applies, as between the signals of several calls. */
function summaryOf(
  signals: readonly CountedSignal[],
): Pick<CountingWindowsTable, 'signals' | 'newestDay' | 'threshold'> {
  const days = signals.map(({ signal }) => signal.day);
  const thresholds = signals.map(({ item }) => item.threshold);
  return { signals: signals.length, newestDay: Math.max(...days) as Day, threshold: Math.min(...thresholds) };
}

/** Sorted by key: two receivers that count in the same windows then wait for each other and cannot deadlock. */
async function storeWindows(
  tx: Transaction<Tables>,
  windows: readonly Insertable<CountingWindowsTable>[],
): Promise<(WindowKey & { windowNo: number; signals: number })[]> {
  return tx
    .insertInto('countingWindows')
    .values(windows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)))
    .onConflict((conflict) =>
      conflict
        .columns(['pseudonym', 'source', 'orderId', 'reference', 'firstDay', 'withinDays'])
        .doUpdateSet(({ eb, fn, ref }) => ({
          signals: eb('countingWindows.signals', '+', ref('excluded.signals')),
          threshold: fn<number>('least', [ref('countingWindows.threshold'), ref('excluded.threshold')]),
          newestDay: fn<Day>('greatest', [ref('countingWindows.newestDay'), ref('excluded.newestDay')]),
        })),
    )
    .returning(['windowNo', 'signals', 'pseudonym', 'source', 'orderId', 'reference', 'firstDay', 'withinDays'])
    .execute();
}

function rowOf({ signal, order, arrivalDay }: CountedSignal, windowNo: number): Insertable<SignalsTable> {
  const { signalId, manifestDigest, entry, level, evidence, surface, media, day } = signal;
  const { orderNo } = order;
  return { signalId, windowNo, orderNo, manifestDigest, entry, level, evidence, surface, media, day, arrivalDay };
}
