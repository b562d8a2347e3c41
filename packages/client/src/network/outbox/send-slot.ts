/**
 * Send slots: the times at which a request may leave, and the choice of the request. The schedule does not depend on
 * the queue, so the times of requests reveal nothing about matches. Pure; randomness is an argument in [0, 1).
 * Spec: docs/design/outbox.md#send-slots
 */
import { DAY_MS, type DetectionOrder } from '@lodestone/protocol';
import type { StoredSignal, StoredSlot } from '../storage/records.ts';

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

/** An exponentially distributed gap of mean 1/slotsPerDay, doubled for each failure in a row. */
export function gapMs({ slotsPerDay, failures }: Pick<StoredSlot, 'slotsPerDay' | 'failures'>, random: number): number {
  const meanMs = (DAY_MS / slotsPerDay) * 2 ** Math.min(failures, MAX_DOUBLINGS);
  return -Math.log(1 - random) * meanMs;
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

/**
 * The slot under the schedule that applies now. Another density chooses a new time. Without a schedule the last slot
 * stays, so that queued signals still leave, but without cover traffic. The same object if nothing changed.
 */
export function followSchedule(
  slot: StoredSlot | undefined,
  schedule: Schedule | undefined,
  now: number,
  random: number,
): StoredSlot | undefined {
  const isSameDensity = !schedule || slot?.slotsPerDay === schedule.slotsPerDay;
  if (slot && isSameDensity) {
    const cover = schedule?.cover ?? false;
    return slot.cover === cover ? slot : { ...slot, cover };
  }
  if (!schedule) return undefined;
  const failures = slot?.failures ?? 0;
  return { ...slot, ...schedule, failures, next: now + gapMs({ ...schedule, failures }, random) };
}

export type Departure =
  | { kind: 'retry'; body: Uint8Array; seq?: number }
  | { kind: 'signal'; signal: StoredSignal }
  | { kind: 'cover' }
  | { kind: 'nothing' };

/** The request of a slot: the body whose request failed, byte for byte; else the oldest queued signal; else a cover. */
export function chooseDeparture(slot: StoredSlot, queued: readonly StoredSignal[]): Departure {
  if (slot.retry) return { kind: 'retry', ...slot.retry };
  const [oldest] = queued;
  if (oldest) return { kind: 'signal', signal: oldest };
  return { kind: slot.cover ? 'cover' : 'nothing' };
}

export const OUTCOMES = ['delivered', 'failed', 'nothing-sent'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The slot after this one was used, before its new time is chosen. */
export function slotAfter(slot: StoredSlot, sent: StoredSlot['retry'], outcome: Outcome): StoredSlot {
  const { retry: _, ...rest } = slot;
  if (outcome === 'failed') return { ...rest, failures: slot.failures + 1, ...(sent && { retry: sent }) };
  return { ...rest, failures: outcome === 'delivered' ? 0 : slot.failures };
}
