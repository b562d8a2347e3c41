/**
 * Counting windows, held and queued signals, and the send slot in storage. Each change is one transaction, so a signal
 * is neither lost nor stored twice. Bodies are sealed: not even this device can open them.
 * Flow: keep-match → here → delivery. Spec: docs/design/outbox.md#held-and-queued
 */
import type { DetectionOrder, OrderDigest, SignalRule } from '@lodestone/protocol';
import type { SealedSignal } from '@lodestone/seal';
import { noticeDue } from '../notices.ts';
import type { StoredCountingWindow, StoredSignal, StoredSlot } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { countMatch, hasEnded, hasExpired } from './threshold.ts';

/** A match, apart from its sealed body. */
export interface CountedMatch {
  orderDigest: OrderDigest;
  order: DetectionOrder;
  rule: SignalRule;
  window: StoredCountingWindow;
  /** Identifies the counted entry or day: 8 bytes of HMAC in hex, under the window's key. */
  tag: string;
  lastDay: number;
}

/** Returns the stored window, or stores a new one with a random key. */
export function openCountingWindow(storage: Storage, key: string, lastDay: number): Promise<StoredCountingWindow> {
  const created: StoredCountingWindow = {
    key,
    lastDay,
    tagKey: crypto.getRandomValues(new Uint8Array(32)),
    tags: [],
    released: false,
  };
  return storage.transact(['counting-windows'], async (tx) => {
    const stored = await tx.get('counting-windows', key);
    if (stored) return stored;
    await tx.put('counting-windows', key, created);
    return created;
  });
}

/** Counts a sealed match and stores it, held or queued. A repeat changes nothing. */
export function storeSealed(
  storage: Storage,
  { orderDigest, order, rule, window, tag, lastDay }: CountedMatch,
  body: SealedSignal,
  now: number,
): Promise<void> {
  return storage.transact(['counting-windows', 'signals', 'notices'], async (tx) => {
    const count = countMatch((await tx.get('counting-windows', window.key)) ?? window, tag, rule.threshold);
    if (count.effect === 'repeat') return;
    await tx.put('counting-windows', window.key, count.window);
    const seq = ((await tx.last('signals'))?.[1].seq ?? 0) + 1;
    await tx.put('signals', seq, { seq, state: 'held', window: window.key, orderDigest, body, lastDay });
    if (count.effect === 'hold') return;
    for (const [key, signal] of await tx.all('signals')) {
      if (signal.window !== window.key || signal.state !== 'held') continue;
      await tx.put('signals', key, { ...signal, state: 'queued' });
      const id = crypto.randomUUID();
      await tx.put('notices', id, { id, orderDigest, due: noticeDue(order, now) });
    }
  });
}

/** Deletes counting windows that have ended, with the signals they hold, and queued signals that have expired. */
export function deleteExpired(storage: Storage, today: number): Promise<void> {
  return storage.transact(['counting-windows', 'signals'], async (tx) => {
    const ended = new Set<string>();
    for (const [key, window] of await tx.all('counting-windows')) {
      if (!hasEnded(window, today)) continue;
      ended.add(window.key);
      await tx.delete('counting-windows', key);
    }
    for (const [key, signal] of await tx.all('signals')) {
      if (hasExpired(signal, ended, today)) await tx.delete('signals', key);
    }
  });
}

/** Oldest first. */
export async function queuedSignals(storage: Storage): Promise<StoredSignal[]> {
  const all = await storage.transact(['signals'], (tx) => tx.all('signals'));
  return all.map(([, signal]) => signal).filter(({ state }) => state === 'queued');
}

/** Stores the slot, and deletes the signal that was delivered, in one transaction. */
export function storeSlot(storage: Storage, slot: StoredSlot, delivered: number | undefined): Promise<void> {
  return storage.transact(['slot', 'signals'], async (tx) => {
    if (delivered !== undefined) await tx.delete('signals', delivered);
    await tx.put('slot', SLOT_KEY, slot);
  });
}

export function readSlot(storage: Storage): Promise<StoredSlot | undefined> {
  return storage.transact(['slot'], (tx) => tx.get('slot', SLOT_KEY));
}

const SLOT_KEY = 'next';
