/**
 * Counting on the device: whether a match counts, and whether the threshold is reached. A listed entry counts once in a
 * counting window, a model at most once a day. Promise: below the threshold nothing is queued. Pure; days are arguments.
 * Flow: keep-match → here → store. Spec: docs/design/outbox.md#threshold
 */
import type { Day } from '@lodestone/protocol';
import { countingTag, tagBits } from '@lodestone/trust';
import type { StoredCountingWindow, StoredSignal } from '../storage/records.ts';

type Counted = StoredCountingWindow['counted'];

/** How a new window counts: entries of a list, or days of a model. */
export type CountedBy = { by: 'entry'; entriesInList: number; tagKey: Uint8Array<ArrayBuffer> } | { by: 'day' };

export function nothingCounted(how: CountedBy): Counted {
  if (how.by === 'day') return { by: 'day', days: 0, lastDay: -1 as Day };
  return { by: 'entry', tagKey: how.tagKey, tagBits: tagBits(how.entriesInList), tags: [] };
}

/** Counts a match of this entry (0 for a model) on this day. Returns undefined if it does not count. */
export function countMatch(counted: Counted, entry: number, day: Day): Counted | undefined {
  if (counted.by === 'day') {
    return day > counted.lastDay ? { by: 'day', days: counted.days + 1, lastDay: day } : undefined;
  }
  const tag = countingTag(counted.tagKey, entry, counted.tagBits);
  return counted.tags.includes(tag) ? undefined : { ...counted, tags: [...counted.tags, tag] };
}

export function hasReached(counted: Counted, threshold: number): boolean {
  return (counted.by === 'day' ? counted.days : counted.tags.length) >= threshold;
}

/**
 * Returns whether a window is over: it is deleted with its tags, its key, and the signals that it holds. A window in the
 * future was opened while the clock was ahead.
 */
export function windowHasEnded(
  { firstDay, lastDay }: Pick<StoredCountingWindow, 'firstDay' | 'lastDay'>,
  today: Day,
): boolean {
  return lastDay < today || today + 1 < firstDay;
}

/** A held signal ends with its counting window, a queued one when the receiver no longer accepts it. */
export function signalHasEnded(
  { state, window, lastDay }: Pick<StoredSignal, 'state' | 'window' | 'lastDay'>,
  windows: ReadonlySet<string>,
  today: Day,
): boolean {
  return lastDay < today || (state === 'held' && !windows.has(window));
}
