/**
 * Counting windows, signals and the send slot in storage. Each function is one transaction, so a signal is neither lost
 * nor stored twice, also when two pages work at the same time. Bodies are sealed: not even this device can open them.
 * Flow: keep-match → here → delivery. Spec: docs/design/outbox.md#held-and-queued
 */
import type { Day } from '@lodestone/protocol';
import type { SealedSignal } from '@lodestone/seal';
import { noticeOf } from '../notices.ts';
import type {
  NoticeTerms,
  SignalItem,
  StoredBody,
  StoredCountingWindow,
  StoredSignal,
  StoredSlot,
} from '../storage/records.ts';
import type { Storage, Transaction } from '../storage/transaction.ts';
import { successorOf } from './signal-items.ts';
import { countMatch, hasReached, signalHasEnded, windowHasEnded } from './threshold.ts';

/** A match, as the store counts it. */
export interface CountableMatch {
  /** The window that the match counts in, as it is stored if it is its first match. */
  window: StoredCountingWindow;
  /** What the order under which it matched allows. */
  item: SignalItem;
  threshold: number;
  /** 0 for a model. */
  entry: number;
  day: Day;
}

/** Returns whether the match was counted before, so that a repeat takes no subject id. Changes nothing. */
export async function isRepeat(storage: Storage, { window, entry, day }: CountableMatch): Promise<boolean> {
  const stored = await storage.transact(['counting-windows'], (tx) => tx.get('counting-windows', window.key));
  return countMatch((stored ?? window).counted, entry, day) === undefined;
}

/** Counts a sealed match and stores it, held or queued. Changes nothing if another page has counted it meanwhile. */
export function storeSealed(
  storage: Storage,
  { window: first, item, threshold, entry, day }: CountableMatch,
  sealed: { body: SealedSignal; lastDay: Day; notice: NoticeTerms },
): Promise<void> {
  return storage.transact(['counting-windows', 'signals'], async (tx) => {
    const { key } = first;
    const window = (await tx.get('counting-windows', key)) ?? first;
    const counted = countMatch(window.counted, entry, day);
    if (!counted) return;
    await tx.put('counting-windows', key, {
      ...window,
      item: successorOf(window.item, [item]) ?? window.item,
      counted,
    });
    const seq = ((await tx.last('signals'))?.[1].seq ?? 0) + 1;
    await tx.put('signals', seq, { seq, state: 'held', window: key, item, threshold, ...sealed });
    for (const [at, signal] of await tx.all('signals')) {
      // Two detect items, or two versions of the order, may have different thresholds: each signal waits for its own.
      const isDue = signal.window === key && signal.state === 'held' && hasReached(counted, signal.threshold);
      if (isDue) await tx.put('signals', at, { ...signal, state: 'queued' });
    }
  });
}

/**
 * Deletes windows that have ended with the signals they hold, signals that have expired, and everything that no order
 * allows to signal any more.
 */
export function deleteEnded(storage: Storage, items: readonly SignalItem[], today: Day): Promise<void> {
  return storage.transact(['counting-windows', 'signals'], async (tx) => {
    const windows = new Set<string>();
    for (const [key, window] of await tx.all('counting-windows')) {
      const sameLength = items.filter(({ withinDays }) => withinDays === window.item.withinDays);
      if (windowHasEnded(window, today) || !successorOf(window.item, sameLength))
        await tx.delete('counting-windows', key);
      else windows.add(window.key);
    }
    await deleteEndedSignals(tx, items, windows, today);
  });
}

async function deleteEndedSignals(
  tx: Transaction<'signals'>,
  items: readonly SignalItem[],
  windows: ReadonlySet<string>,
  today: Day,
): Promise<void> {
  for (const [key, signal] of await tx.all('signals')) {
    if (signalHasEnded(signal, windows, today) || !successorOf(signal.item, items)) await tx.delete('signals', key);
  }
}

export function readSlot(storage: Storage): Promise<StoredSlot | undefined> {
  return storage.transact(['slot'], (tx) => tx.get('slot', SLOT_KEY));
}

/**
 * Stores the slot in place of `before`, or deletes it. `sent` is the notice of a signal that was delivered.
 * @returns the stored slot, or `superseded` if another page has changed it
 */
export function replaceSlot(
  storage: Storage,
  before: StoredSlot | undefined,
  slot: StoredSlot | undefined,
  sent: string | undefined,
): Promise<StoredSlot | undefined | 'superseded'> {
  return storage.transact(['slot', 'notices'], async (tx) => {
    if (!(await isCurrent(tx, before))) return 'superseded';
    const notice = sent === undefined ? undefined : await tx.get('notices', sent);
    if (notice) await tx.put('notices', notice.id, { ...notice, delivery: 'sent' });
    return putSlot(tx, slot);
  });
}

/**
 * Writes down the body of a slot's request: the body that has no answer yet, else the oldest queued signal, else the
 * cover. A signal leaves the queue, and its notice is stored: from now on it may have been sent.
 */
export function writeDown(
  storage: Storage,
  slot: StoredSlot,
  { cover, leaving, day }: { cover: SealedSignal | undefined; leaving: readonly SignalItem[]; day: Day },
): Promise<StoredSlot | 'superseded'> {
  return storage.transact(['slot', 'signals', 'notices'], async (tx) => {
    if (!(await isCurrent(tx, slot))) return 'superseded';
    if (slot.body) return slot;
    const oldest = await oldestQueued(tx, leaving);
    const notice = oldest && noticeOf(oldest.notice, day);
    if (oldest) await tx.delete('signals', oldest.seq);
    if (notice) await tx.put('notices', notice.id, notice);
    const bytes = oldest?.body ?? cover;
    const body: StoredBody | undefined = bytes && { bytes, day, items: leaving, ...(notice && { notice: notice.id }) };
    return putSlot(tx, { ...slot, ...(body && { body }) });
  });
}

async function oldestQueued(
  tx: Transaction<'signals'>,
  leaving: readonly SignalItem[],
): Promise<StoredSignal | undefined> {
  const signals = (await tx.all('signals')).map(([, signal]) => signal);
  return signals.find(({ state, item }) => state === 'queued' && successorOf(item, leaving));
}

async function isCurrent(tx: Transaction<'slot'>, slot: StoredSlot | undefined): Promise<boolean> {
  return (await tx.get('slot', SLOT_KEY))?.revision === slot?.revision;
}

async function putSlot<S extends StoredSlot | undefined>(tx: Transaction<'slot'>, slot: S): Promise<S> {
  if (!slot) {
    await tx.delete('slot', SLOT_KEY);
    return slot;
  }
  const stored = { ...slot, revision: crypto.randomUUID() };
  await tx.put('slot', SLOT_KEY, stored);
  return stored;
}

const SLOT_KEY = 'next';
