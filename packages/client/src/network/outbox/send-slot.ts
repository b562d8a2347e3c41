/**
 * When something may leave, and what: the schedule knows nothing of how much waits, so an observer of the network learns
 * from its times nothing about matches. Pure; randomness is an argument in [0, 1). Spec: DESIGN §4, "Slots and cover".
 */
import { DAY_MS, type DetectionOrder } from '@lodestone/protocol';
import type { StoredSignal, StoredSlot } from '../storage/records.ts';

export interface Schedule {
  slotsPerDay: number;
  cover: boolean;
}

/** The densest of the orders' schedules; with cover where any asks for it. */
export function scheduleOf(orders: readonly DetectionOrder[]): Schedule | undefined {
  const receivers = orders.flatMap(({ receiver }) => receiver ?? []);
  if (receivers.length === 0) return undefined;
  return {
    slotsPerDay: Math.max(...receivers.map(({ slotsPerDay }) => slotsPerDay)),
    cover: receivers.some(({ cover }) => cover),
  };
}

/** After this many failures in a row gaps no longer grow: 64 times the mean. */
const MOST_DOUBLINGS = 6;

/** Exponential gap of mean 1/slotsPerDay, doubled for each failure in a row. */
export function gapMs({ slotsPerDay, failures }: Pick<StoredSlot, 'slotsPerDay' | 'failures'>, random: number): number {
  const meanMs = (DAY_MS / slotsPerDay) * 2 ** Math.min(failures, MOST_DOUBLINGS);
  return -Math.log(1 - random) * meanMs;
}

const START_MS = { least: 10_000, most: 120_000 };

/**
 * The first slot after a start. Slots missed meanwhile become one, 10 to 120 s after the start, and not later than an
 * ordinary gap would be: the bound matters only where slots are seconds apart, as in demos.
 */
export function slotAtStart(slot: StoredSlot, now: number, random: { wait: number; gap: number }): number {
  if (slot.next > now) return slot.next;
  const wait = START_MS.least + random.wait * (START_MS.most - START_MS.least);
  return now + Math.min(wait, gapMs(slot, random.gap));
}

export type Departure =
  | { kind: 'retry'; body: Uint8Array; seq?: number }
  | { kind: 'signal'; signal: StoredSignal }
  | { kind: 'cover' }
  | { kind: 'nothing' };

/** What leaves at a slot: the request that failed before, byte for byte; else the oldest queued signal; else a cover. */
export function departure(slot: StoredSlot, queued: readonly StoredSignal[]): Departure {
  if (slot.retry) return { kind: 'retry', ...slot.retry };
  const [oldest] = queued;
  if (oldest) return { kind: 'signal', signal: oldest };
  return { kind: slot.cover ? 'cover' : 'nothing' };
}

/** The slot after one that was used. */
export function afterDeparture(
  slot: StoredSlot,
  sent: StoredSlot['retry'],
  outcome: 'delivered' | 'failed' | 'none',
): StoredSlot {
  const { retry: _, ...rest } = slot;
  if (outcome === 'failed') return { ...rest, failures: slot.failures + 1, ...(sent && { retry: sent }) };
  return { ...rest, failures: outcome === 'delivered' ? 0 : slot.failures };
}
