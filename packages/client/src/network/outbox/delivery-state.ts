/**
 * The states of delivery: wait for the send slot, choose a request, send it, store the next slot. Each event yields the
 * next state and one effect; the result of that effect is the next event. Pure; time, schedule and randomness are
 * arguments. Promise: nothing is sent before its slot.
 * Flow: delivery performs the effects. Spec: docs/design/outbox.md#delivery
 */
import type { LodestoneError } from '@lodestone/protocol';
import type { StoredSignal, StoredSlot } from '../storage/records.ts';
import {
  chooseDeparture,
  type Departure,
  followSchedule,
  gapMs,
  type Schedule,
  slotAfter,
  slotAtStart,
} from './send-slot.ts';

export interface DeliveryState {
  /** `starting` until the stored slot was read and moved past the time at which the app was closed. */
  readonly phase: 'starting' | 'waiting' | 'choosing' | 'sending' | 'storing' | 'reporting';
  /** As it is stored; undefined before the first schedule. */
  readonly slot: StoredSlot | undefined;
}

/** A request at a slot. `error` is the reason if it was not delivered. */
export interface Attempt {
  error: LodestoneError | undefined;
}

export type DeliveryEvent =
  | { type: 'slot-read'; slot: StoredSlot | undefined }
  | { type: 'woken' }
  | { type: 'queue-read'; queued: readonly StoredSignal[] }
  /** `sent` is undefined if there was no key to encrypt a cover with. */
  | { type: 'attempted'; sent: StoredSlot['retry']; error?: LodestoneError | undefined }
  | { type: 'slot-stored'; slot: StoredSlot; attempt: Attempt | undefined }
  | { type: 'reported' }
  /** The effect failed: storage, above all. */
  | { type: 'failed'; cause: unknown };

export type DeliveryEffect =
  | { type: 'read-slot' }
  /** Reports the failure, if any, then sleeps until the time is over or the schedule may have changed. */
  | { type: 'sleep'; ms: number; failure?: { cause: unknown } }
  /** Deletes expired records, then reads the queue. */
  | { type: 'read-queue' }
  | { type: 'send'; departure: Exclude<Departure, { kind: 'nothing' }> }
  /** One transaction: stores the slot, and deletes the signal that was delivered. */
  | { type: 'store-slot'; slot: StoredSlot; delivered?: number | undefined; attempt?: Attempt }
  | { type: 'report'; attempt: Attempt };

/** The arguments of the rules besides the state. Randomness is in [0, 1), new for each event. */
export interface Moment {
  now: number;
  /** The schedule of the orders in force; undefined if no order has a receiver. */
  schedule: Schedule | undefined;
  random: { wait: number; gap: number };
}

export interface DeliveryStep {
  readonly state: DeliveryState;
  readonly effect: DeliveryEffect;
}

/** Sleeps end after this time, so that a changed clock is noticed. It is also the pause after a failure. */
export const MAX_SLEEP_MS = 60_000;

export function firstStep(): DeliveryStep {
  return { state: { phase: 'starting', slot: undefined }, effect: { type: 'read-slot' } };
}

export function next(state: DeliveryState, event: DeliveryEvent, moment: Moment): DeliveryStep {
  switch (event.type) {
    case 'slot-read':
      return afterStart(event.slot, moment);
    case 'woken':
      return state.phase === 'starting' ? firstStep() : consider(state.slot, moment);
    case 'queue-read':
      return state.slot ? depart(state.slot, event.queued, moment) : consider(undefined, moment);
    case 'attempted':
      return state.slot ? afterAttempt(state.slot, event, moment) : consider(undefined, moment);
    case 'slot-stored':
      return event.attempt
        ? { state: { phase: 'reporting', slot: event.slot }, effect: { type: 'report', attempt: event.attempt } }
        : consider(event.slot, moment);
    case 'reported':
      return consider(state.slot, moment);
    case 'failed':
      return {
        state: { phase: state.phase === 'starting' ? 'starting' : 'waiting', slot: state.slot },
        effect: { type: 'sleep', ms: MAX_SLEEP_MS, failure: { cause: event.cause } },
      };
  }
}

/** Still `starting` until the moved slot is stored: after a failure the slot is read and moved again. */
function afterStart(slot: StoredSlot | undefined, moment: Moment): DeliveryStep {
  if (!slot) return consider(undefined, moment);
  const moved = { ...slot, next: slotAtStart(slot, moment.now, moment.random) };
  return { state: { phase: 'starting', slot: undefined }, effect: { type: 'store-slot', slot: moved } };
}

/** Follows the schedule, then waits for the slot or uses it. */
function consider(slot: StoredSlot | undefined, { now, schedule, random }: Moment): DeliveryStep {
  const current = followSchedule(slot, schedule, now, random.gap);
  if (!current) return { state: { phase: 'waiting', slot: undefined }, effect: { type: 'sleep', ms: MAX_SLEEP_MS } };
  if (current !== slot) return { state: { phase: 'storing', slot }, effect: { type: 'store-slot', slot: current } };
  const wait = current.next - now;
  if (wait <= 0) return { state: { phase: 'choosing', slot }, effect: { type: 'read-queue' } };
  return { state: { phase: 'waiting', slot }, effect: { type: 'sleep', ms: Math.min(wait, MAX_SLEEP_MS) } };
}

function depart(slot: StoredSlot, queued: readonly StoredSignal[], moment: Moment): DeliveryStep {
  const departure = chooseDeparture(slot, queued);
  if (departure.kind === 'nothing') return afterAttempt(slot, { sent: undefined }, moment);
  return { state: { phase: 'sending', slot }, effect: { type: 'send', departure } };
}

function afterAttempt(
  slot: StoredSlot,
  { sent, error }: { sent: StoredSlot['retry']; error?: LodestoneError | undefined },
  { now, random }: Moment,
): DeliveryStep {
  const after = slotAfter(slot, sent, !sent ? 'nothing-sent' : error ? 'failed' : 'delivered');
  return {
    state: { phase: 'storing', slot },
    effect: {
      type: 'store-slot',
      slot: { ...after, next: now + gapMs(after, random.gap) },
      ...(sent && { attempt: { error } }),
      ...(sent && !error && { delivered: sent.seq }),
    },
  };
}
