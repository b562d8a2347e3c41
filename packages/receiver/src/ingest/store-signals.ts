/**
 * Stores new signals in their counting windows, and opens the cases that they complete. Signals of an order without a
 * subject are only counted. Flow: store, waiting → here → cases/judge-windows. Promise: the rows of one subject are bounded.
 * Spec: docs/design/receiver.md#cases, docs/design/receiver.md#bounds.
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { Day } from '@lodestone/protocol/time';
import { type Insertable, sql, type Transaction } from 'kysely';
import { erasedSubjects, type Subject } from '../cases/erase.ts';
import { judgeWindows } from '../cases/judge-windows.ts';
import { bigintColumn, bytesColumn, integerColumn, textColumn } from '../db/columns.ts';
import type { Tables } from '../db/schema.ts';
import type { CountingWindowsTable, SignalsTable } from '../db/schema-signals.ts';
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
    await insertSignals(tx, rows);
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
  window: WindowKey & Pick<CountingWindowsTable, 'kind'>;
  of: CountedSignal[];
}

/** Counts the signals in their windows, and chooses those that are stored. */
async function withinLimits(
  tx: Transaction<Tables>,
  signals: readonly CountedSignal[],
): Promise<{ rows: SignalRow[]; counted: CountedSignal[] }> {
  const byKey = new Map<string, WindowSignals>();
  const counted = signals.filter((signal) => !hasSubject(signal));
  for (const signal of signals.filter(hasSubject)) {
    const window = windowOf(signal);
    const key = keyOf(window);
    const known = byKey.get(key);
    if (known) known.of.push(signal);
    else byKey.set(key, { window, of: [signal] });
  }
  const rows: SignalRow[] = [];
  if (byKey.size === 0) return { rows, counted };
  const windows = [...byKey.values()];
  const stored = await storeWindows(
    tx,
    windows.map(({ window, of }) => ({ ...window, ...summaryOf(of) })),
  );
  for (const { n, windowNo, signals: all } of stored) {
    const { of } = windows[n - 1] ?? { of: [] };
    const free = Math.max(0, SIGNALS_PER_WINDOW - (all - of.length));
    for (const signal of of.slice(0, free)) {
      counted.push(signal);
      rows.push(rowOf(signal, windowNo));
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

type WindowRow = WindowKey & Pick<CountingWindowsTable, 'kind' | 'signals' | 'newestDay' | 'threshold'>;
/** `n` is the place of the window among the given ones, from 1. */
type StoredWindow = { n: number; windowNo: number; signals: number };

/** Sorted by key: two receivers that count in the same windows then wait for each other and cannot deadlock. */
export async function storeWindows(tx: Transaction<Tables>, windows: readonly WindowRow[]): Promise<StoredWindow[]> {
  const { rows } = await sql<StoredWindow>`
    with given as (
      select * from unnest(
        ${bytesColumn(windows.map(({ pseudonym }) => pseudonym))},
        ${textColumn(windows.map(({ source }) => source))},
        ${textColumn(windows.map(({ orderId }) => orderId))},
        ${textColumn(windows.map(({ reference }) => reference))},
        ${textColumn(windows.map(({ kind }) => kind))},
        ${integerColumn(windows.map(({ firstDay }) => firstDay))},
        ${integerColumn(windows.map(({ withinDays }) => withinDays))},
        ${integerColumn(windows.map(({ threshold }) => threshold))},
        ${integerColumn(windows.map(({ signals }) => signals))},
        ${integerColumn(windows.map(({ newestDay }) => newestDay))}
      ) with ordinality as t
        (pseudonym, source, order_id, reference, kind, first_day, within_days, threshold, signals, newest_day, n)
    ), stored as (
      insert into counting_windows as w
        (pseudonym, source, order_id, reference, kind, first_day, within_days, threshold, signals, newest_day)
      select pseudonym, source, order_id, reference, kind, first_day, within_days, threshold, signals, newest_day
      from given order by pseudonym, source, order_id, reference, first_day, within_days
      on conflict (pseudonym, source, order_id, reference, first_day, within_days) do update set
        signals = w.signals + excluded.signals,
        threshold = least(w.threshold, excluded.threshold),
        newest_day = greatest(w.newest_day, excluded.newest_day)
      returning window_no, signals, pseudonym, source, order_id, reference, first_day, within_days
    )
    select given.n::integer as n, stored.window_no, stored.signals
    from given join stored using (pseudonym, source, order_id, reference, first_day, within_days)
    order by given.n`.execute(tx);
  return rows;
}

type SignalRow = Insertable<SignalsTable>;

export async function insertSignals(tx: Transaction<Tables>, rows: readonly SignalRow[]): Promise<void> {
  await sql`
    insert into signals (signal_id, window_no, order_no, manifest_digest, entry, level, evidence, surface, media, day, arrival_day)
    select * from unnest(
      ${bytesColumn(rows.map(({ signalId }) => signalId))},
      ${integerColumn(rows.map(({ windowNo }) => windowNo))},
      ${integerColumn(rows.map(({ orderNo }) => orderNo))},
      ${textColumn(rows.map(({ manifestDigest }) => manifestDigest))},
      ${bigintColumn(rows.map(({ entry }) => entry))},
      ${integerColumn(rows.map(({ level }) => level))},
      ${textColumn(rows.map(({ evidence }) => evidence))},
      ${textColumn(rows.map(({ surface }) => surface))},
      ${textColumn(rows.map(({ media }) => media))},
      ${integerColumn(rows.map(({ day }) => day))},
      ${integerColumn(rows.map(({ arrivalDay }) => arrivalDay))}
    )`.execute(tx);
}

function rowOf({ signal, order, arrivalDay }: CountedSignal, windowNo: number): SignalRow {
  const { signalId, manifestDigest, entry, level, evidence, surface, media, day } = signal;
  const { orderNo } = order;
  return { signalId, windowNo, orderNo, manifestDigest, entry, level, evidence, surface, media, day, arrivalDay };
}
