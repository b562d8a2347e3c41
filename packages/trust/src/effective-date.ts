/**
 * When an order that is seen for the first time takes effect. Pure; time is an argument.
 * Flow: new order → here → updater. Promise: a wider order is announced first, and a correction of an announced order
 * does not postpone it. Spec: docs/design/signed-inputs.md#wider-orders
 */
import type { DetectionOrder } from '@lodestone/protocol/order';
import { DAY_MS } from '@lodestone/protocol/time';
import { widens } from './widens.ts';

/** A wider order that the host does not acknowledge takes effect this long after it was first seen. */
export const ANNOUNCED_MS: number = 7 * DAY_MS;

/** An earlier version of the order that has not taken effect yet. */
export interface AnnouncedOrder {
  order: DetectionOrder;
  /** Milliseconds. */
  effectiveFrom: number;
}

export interface OrdersBefore {
  inForce: readonly DetectionOrder[];
  /** Only versions of the same lineage: same source and order id. */
  announced: readonly AnnouncedOrder[];
}

/**
 * `now` if nothing in the order is new. Otherwise the date of the first announcement that, together with those before it
 * and the orders in force, covers the order; and at the latest `now` + 7 days.
 */
export function effectiveDate(order: DetectionOrder, { inForce, announced }: OrdersBefore, now: number): number {
  const before = [...inForce];
  if (!widens(before, order)) return now;
  const latest = now + ANNOUNCED_MS;
  for (const earlier of announced.toSorted((a, b) => a.effectiveFrom - b.effectiveFrom)) {
    before.push(earlier.order);
    if (!widens(before, order)) return Math.min(Math.max(now, earlier.effectiveFrom), latest);
  }
  return latest;
}
