/**
 * The device counts, and holds: which window a match falls in, whether it counts, and whether the window is now due.
 * Pure; time and tags are arguments. Flow: policy → here → outbox. Promise: below `after` nothing is queued. Spec: DESIGN §4.
 */
import { DAY_MS, type DetectionOrder, toDay } from '@lodestone/protocol';
import type { StoredCountingWindow } from '../storage/records.ts';

export type Count =
  /** Met before in this window: nothing happens. */
  | { effect: 'repeat' }
  /** Counts, and the sealed signal stays here. */
  | { effect: 'hold'; window: StoredCountingWindow }
  /** Counts, and with it everything that this window holds is queued. */
  | { effect: 'release'; window: StoredCountingWindow };

export function countMatch(window: StoredCountingWindow, tag: string, after: number): Count {
  if (window.tags.includes(tag)) return { effect: 'repeat' };
  const tags = [...window.tags, tag];
  const released = window.released || tags.length >= after;
  return { effect: released ? 'release' : 'hold', window: { ...window, tags, released } };
}

/** A window that ended takes what it still holds, its tags and its key with it. */
export function isOver(window: StoredCountingWindow, now: number): boolean {
  return toDay(now) > window.lastDay;
}

/** Milliseconds at which the user must be told of a signal that was queued at `now`. */
export function noticeDue(order: DetectionOrder, now: number): number {
  return order.notify.user === 'immediately' ? now : now + order.notify.days * DAY_MS;
}
