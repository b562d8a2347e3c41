/**
 * Counting windows: which days count together, and how long a signal of a day still counts. The client counts and the
 * receiver groups by these rules, so both cut time at the same days. Pure; days are UTC days since 1970-01-01.
 * Spec: docs/design/outbox.md#counting-windows
 */
import type { DetectionOrder } from '@lodestone/protocol/order';
import { type Day, fromInstant, toDay } from '@lodestone/protocol/time';

/** Days after a window's length during which the receiver still accepts a signal that waited on a device. */
export const GRACE_DAYS = 14;

export interface CountingWindow {
  firstDay: Day;
  lastDay: Day;
}

/** The window of `withinDays` days that contains `day`. Windows follow one another from 1970-01-01, whatever the order. */
export function windowOf(withinDays: number, day: Day): CountingWindow {
  const firstDay = (day - (day % withinDays)) as Day;
  return { firstDay, lastDay: (firstDay + withinDays - 1) as Day };
}

/** The last day on which a signal of `day` counts. The device deletes the signal, and the receiver its id, afterwards. */
export function lastCountingDay(day: Day, withinDays: number): Day {
  return (day + withinDays + GRACE_DAYS) as Day;
}

/**
 * Returns whether a signal of `day` counts today. Its day must be within the order's period, at most one day ahead
 * (clocks and time zones differ), and not past its last counting day.
 */
export function dayCounts(
  day: Day,
  { notBefore, notAfter }: Pick<DetectionOrder, 'notBefore' | 'notAfter'>,
  withinDays: number,
  today: Day,
): boolean {
  return (
    toDay(fromInstant(notBefore)) <= day &&
    day <= toDay(fromInstant(notAfter)) &&
    day <= today + 1 &&
    today <= lastCountingDay(day, withinDays)
  );
}
