/**
 * Send slots: the times at which a request may leave. The schedule does not depend on matches, so the times of requests
 * reveal nothing about them. What happens to a body that waits for its answer depends on public facts only: the same
 * for a signal and a cover. Pure; time and randomness are arguments. Spec: docs/design/outbox.md#send-slots
 */
import { DAY_MS, type Day, type DetectionOrder } from '@lodestone/protocol';
import { GRACE_DAYS } from '@lodestone/trust';
import type { SignalItem, StoredBody, StoredSlot } from '../storage/records.ts';
import { successorOf } from './signal-items.ts';

export interface Schedule {
  slotsPerDay: number;
  cover: boolean;
}

/** The densest schedule of the orders that have a receiver, with cover traffic if any of them requires it. */
export function scheduleOf(orders: readonly DetectionOrder[]): Schedule | undefined {
  const receivers = orders.flatMap(({ receiver }) => receiver ?? []);
  if (receivers.length === 0) return undefined;
  return {
    slotsPerDay: Math.max(...receivers.map(({ slotsPerDay }) => slotsPerDay)),
    cover: receivers.some(({ cover }) => cover),
  };
}

/** Gaps stop growing after this many failures in a row, at 64 times the mean. */
const MAX_DOUBLINGS = 6;
/** A slot that is further off than this many mean gaps was stored while the clock was ahead. One in 5 × 10⁸ is not. */
const MAX_MEAN_GAPS = 20;

function meanGapMs({ slotsPerDay, failures }: Pick<StoredSlot, 'slotsPerDay' | 'failures'>): number {
  return (DAY_MS / slotsPerDay) * 2 ** Math.min(failures, MAX_DOUBLINGS);
}

/** An exponentially distributed gap of mean 1/slotsPerDay, doubled for each failure in a row. */
export function gapMs(slot: Pick<StoredSlot, 'slotsPerDay' | 'failures'>, random: number): number {
  return -Math.log(1 - random) * meanGapMs(slot);
}

const START_MS = { min: 10_000, max: 120_000 };

/**
 * The first slot after a start. All missed slots become one: 10 to 120 s after the start, or sooner if an ordinary gap
 * is shorter, as in demos with slots seconds apart.
 */
export function slotAtStart(slot: StoredSlot, now: number, random: { wait: number; gap: number }): number {
  if (slot.next > now) return slot.next;
  const wait = START_MS.min + random.wait * (START_MS.max - START_MS.min);
  return now + Math.min(wait, gapMs(slot, random.gap));
}

/** What the orders determine at one moment. */
export interface OrderState {
  /** Of the orders in force; undefined if none has a receiver. Then nothing leaves. */
  schedule: Schedule | undefined;
  /** Of the orders in force: what may leave. */
  leaving: readonly SignalItem[];
  /** Of the orders that have not ended: what is kept. Orders whose source is out of date are not in force. */
  kept: readonly SignalItem[];
}

/**
 * The stored slot under the orders of this moment, or undefined if no order that may signal is left. Another density, or
 * a time too far ahead, chooses a new time. The same object if nothing changed.
 */
export function followOrders(
  slot: StoredSlot | undefined,
  { schedule, kept }: OrderState,
  at: { now: number; today: Day; gap: number },
): StoredSlot | undefined {
  if (kept.length === 0) return undefined;
  if (!schedule) return slot && withoutEndedBody(slot, kept, at.today);
  const failures = slot?.failures ?? 0;
  const isNewDensity = slot?.slotsPerDay !== schedule.slotsPerDay;
  if (!slot || isNewDensity || slot.cover !== schedule.cover) {
    const next = !slot || isNewDensity ? at.now + gapMs({ ...schedule, failures }, at.gap) : slot.next;
    return { revision: slot?.revision ?? '', ...schedule, failures, next };
  }
  const current = withoutEndedBody(slot, kept, at.today);
  const isTooFar = current.next - at.now > MAX_MEAN_GAPS * meanGapMs(current);
  return isTooFar ? { ...current, next: at.now + gapMs(current, at.gap) } : current;
}

/** Drops the body, signal or cover, once an order ended or dropped something that it allowed to signal. */
function withoutEndedBody(slot: StoredSlot, items: readonly SignalItem[], today: Day): StoredSlot {
  const { body, ...rest } = slot;
  return body && hasEnded(body, items, today) ? rest : slot;
}

function hasEnded(body: StoredBody, items: readonly SignalItem[], today: Day): boolean {
  const isTooOld = today > body.day + GRACE_DAYS || body.day > today + 1;
  return isTooOld || body.items.some((item) => !successorOf(item, items));
}

/** Returns whether a request may leave at this slot. A body is repeated only while all orders of its time are in force. */
export function mayLeave({ body }: StoredSlot, { schedule, leaving }: OrderState): boolean {
  return schedule !== undefined && (body?.items ?? []).every((item) => successorOf(item, leaving));
}

/** The slot after a request was answered, or had nothing to send, at its new time. */
export function slotAfter(
  slot: StoredSlot,
  outcome: 'delivered' | 'failed' | 'nothing-sent',
  at: { now: number; gap: number },
): StoredSlot {
  const { body, ...rest } = slot;
  const failures = outcome === 'failed' ? slot.failures + 1 : outcome === 'delivered' ? 0 : slot.failures;
  return {
    ...rest,
    failures,
    next: at.now + gapMs({ ...slot, failures }, at.gap),
    ...(body && outcome !== 'delivered' && { body }),
  };
}
