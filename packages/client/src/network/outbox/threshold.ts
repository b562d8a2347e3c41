/**
 * Counting on the device: whether a match counts, whether the threshold is reached, and when windows and signals
 * expire. Pure; days and tags are arguments. The arithmetic of counting windows is in @lodestone/trust. Promise: below
 * the threshold nothing is queued. Spec: docs/design/outbox.md#threshold
 */
import type { StoredCountingWindow, StoredSignal } from '../storage/records.ts';

export type Count =
  /** The entry was counted in this window before: nothing happens. */
  | { effect: 'repeat' }
  /** Counts, and the sealed signal is held. */
  | { effect: 'hold'; window: StoredCountingWindow }
  /** Counts, and everything that the window holds is queued. */
  | { effect: 'release'; window: StoredCountingWindow };

export function countMatch(window: StoredCountingWindow, tag: string, threshold: number): Count {
  if (window.tags.includes(tag)) return { effect: 'repeat' };
  const tags = [...window.tags, tag];
  const released = window.released || tags.length >= threshold;
  return { effect: released ? 'release' : 'hold', window: { ...window, tags, released } };
}

/** The window is over. It is deleted with its tags, its key, and the signals that it holds. */
export function hasEnded({ lastDay }: Pick<StoredCountingWindow, 'lastDay'>, today: number): boolean {
  return today > lastDay;
}

/** A held signal expires with its counting window, a queued one when the receiver no longer accepts it. */
export function hasExpired(
  { state, window, lastDay }: Pick<StoredSignal, 'state' | 'window' | 'lastDay'>,
  endedWindows: ReadonlySet<string>,
  today: number,
): boolean {
  return state === 'held' ? endedWindows.has(window) : today > lastDay;
}
