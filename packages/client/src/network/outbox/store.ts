/**
 * Where sealed signals wait, held or queued. Each change is one transaction, so a signal is neither lost nor sent twice.
 * Flow: count → here → slot → deliver. What lies here is sealed: not even the device can open it again.
 */
import type { DetectionOrder, Digest, SignalRule } from '@lodestone/protocol';
import type { SealedSignal } from '@lodestone/seal';
import type { StoredSignal, StoredSlot, StoredCountingWindow } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { countMatch, isOver, noticeDue } from './threshold.ts';

/** What must be known of a match beside its sealed form. */
export interface Counted {
  orderDigest: Digest;
  order: DetectionOrder;
  rule: SignalRule;
  window: StoredCountingWindow;
  /** 8 bytes in hex: HMAC of what was met, under the window's key. */
  tag: string;
  lastDay: number;
}

/** Finds the window, or begins it with a key of its own. */
export function openCountingWindow(storage: Storage, key: string, lastDay: number): Promise<StoredCountingWindow> {
  const fresh: StoredCountingWindow = {
    key,
    lastDay,
    tagKey: crypto.getRandomValues(new Uint8Array(32)),
    tags: [],
    released: false,
  };
  return storage.transact(['counting-windows'], async (tx) => {
    const window = await tx.get('counting-windows', key);
    if (window) return window;
    await tx.put('counting-windows', key, fresh);
    return fresh;
  });
}

/** Counts a sealed match and keeps it, held or queued; a repeat leaves no trace. */
export function takeSealed(
  storage: Storage,
  { orderDigest, order, rule, window, tag, lastDay }: Counted,
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

/** Deletes windows that ended with what they still hold, and signals that the receiver would no longer take. */
export function sweep(storage: Storage, now: number, today: number): Promise<void> {
  return storage.transact(['counting-windows', 'signals'], async (tx) => {
    const over = new Set<string>();
    for (const [key, window] of await tx.all('counting-windows')) {
      if (!isOver(window, now)) continue;
      over.add(window.key);
      await tx.delete('counting-windows', key);
    }
    for (const [key, signal] of await tx.all('signals')) {
      const dropped = signal.state === 'held' ? over.has(signal.window) : today > signal.lastDay;
      if (dropped) await tx.delete('signals', key);
    }
  });
}

export async function queuedSignals(storage: Storage): Promise<StoredSignal[]> {
  const all = await storage.transact(['signals'], (tx) => tx.all('signals'));
  return all.map(([, signal]) => signal).filter(({ state }) => state === 'queued');
}

/** After an attempt: the slot that follows, and the signal gone where it was delivered, in one step. */
export function settle(storage: Storage, slot: StoredSlot, delivered: number | undefined): Promise<void> {
  return storage.transact(['slot', 'signals'], async (tx) => {
    if (delivered !== undefined) await tx.delete('signals', delivered);
    await tx.put('slot', SLOT_KEY, slot);
  });
}

export function readSlot(storage: Storage): Promise<StoredSlot | undefined> {
  return storage.transact(['slot'], (tx) => tx.get('slot', SLOT_KEY));
}

const SLOT_KEY = 'next';
