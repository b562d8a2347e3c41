/**
 * Counting windows: which days count together, and how long a signal of a day still counts. Flow: the client counts and
 * the receiver groups by these rules, so a signal is never held by one and dropped by the other. Pure; days are UTC.
 * Spec: docs/design/outbox.md#counting-windows
 */
import type { DetectionOrder } from '@lodestone/protocol/order';
import { type Day, fromInstant, toDay } from '@lodestone/protocol/time';

/** Days after a window's length for which the receiver accepts a signal that waited on a device. */
export const GRACE_DAYS = 60;

type Period = Pick<DetectionOrder, 'notBefore' | 'notAfter'>;

export interface CountingWindow {
  /** 0 for the window that begins on the order's first day. */
  number: number;
  firstDay: Day;
  lastDay: Day;
}

/** The order's first day: its windows begin here. */
export function firstDayOf({ notBefore }: Pick<Period, 'notBefore'>): Day {
  return toDay(fromInstant(notBefore));
}

/** The window of `withinDays` days that contains `day`, counted from the order's first day. */
export function windowOf(order: Pick<Period, 'notBefore'>, withinDays: number, day: Day): CountingWindow {
  const first = firstDayOf(order);
  const number = Math.floor((day - first) / withinDays);
  const firstDay = (first + number * withinDays) as Day;
  return { number, firstDay, lastDay: (firstDay + withinDays - 1) as Day };
}

/** The last day on which a signal of `day` counts; the receiver keeps its id until then. */
export function lastCountingDay(day: Day, withinDays: number): Day {
  return (day + withinDays + GRACE_DAYS) as Day;
}

/**
 * Does a signal of `day` count today? Its day must be within the order's period, at most one day ahead (clocks and time
 * zones differ), and not past its last counting day.
 */
export function dayCounts(day: Day, order: Period, withinDays: number, today: Day): boolean {
  return (
    firstDayOf(order) <= day &&
    day <= toDay(fromInstant(order.notAfter)) &&
    day <= today + 1 &&
    today <= lastCountingDay(day, withinDays)
  );
}
