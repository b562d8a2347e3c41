/**
 * The states of delivery: read the stored slot, wait for it, write down the body of its request, send it, store the next
 * slot. Each event yields the next state and one effect; the result of that effect is the next event. Pure. Promise:
 * nothing is sent before its slot, and a signal and a cover take the same steps.
 * Flow: delivery performs the effects. Spec: docs/design/outbox.md#delivery
 */
import { type LodestoneError, toDay } from '@lodestone/protocol';
import type { StoredSlot } from '../storage/records.ts';
import { followOrders, mayLeave, type OrderState, slotAfter, slotAtStart } from './send-slot.ts';

export interface DeliveryState {
  /** `starting` until the stored slot was moved past the time at which the app was closed. */
  readonly phase: 'starting' | 'running';
}

/** A request at a slot. `error` is the reason if it was not delivered. */
export interface Attempt {
  error: LodestoneError | undefined;
}

export type DeliveryEvent =
  | { type: 'woken' }
  | { type: 'slot-read'; slot: StoredSlot | undefined }
  /** The slot has a body unless there was nothing to send. */
  | { type: 'written-down'; slot: StoredSlot }
  | { type: 'answered'; slot: StoredSlot; attempt: Attempt }
  | { type: 'slot-stored'; slot: StoredSlot | undefined; attempt?: Attempt | undefined }
  /** Another page has changed the slot since this one read it. */
  | { type: 'superseded' }
  | { type: 'reported' }
  /** The effect failed: storage, above all. */
  | { type: 'failed'; cause: unknown };

export type DeliveryEffect =
  | { type: 'read-slot' }
  /** Reports the failure, if any, then sleeps until the time is over or the orders may have changed. */
  | { type: 'sleep'; ms: number; failure?: { cause: unknown } }
  /** Chooses the body of the slot's request and stores it, in one transaction. */
  | { type: 'write-down'; slot: StoredSlot }
  | { type: 'send'; slot: StoredSlot }
  /** Stores the slot in place of `before`, or deletes it. After a request, records in the notice how it went. */
  | { type: 'store-slot'; before: StoredSlot | undefined; slot: StoredSlot | undefined; attempt?: Attempt }
  | { type: 'report'; attempt: Attempt };

/** The arguments of the rules besides the state. Randomness is in [0, 1), new for each event. */
export interface Moment extends OrderState {
  now: number;
  /** A receiver key is valid. Without one nothing leaves. */
  hasKey: boolean;
  random: { wait: number; gap: number };
}

export interface DeliveryStep {
  readonly state: DeliveryState;
  readonly effect: DeliveryEffect;
}

/** Sleeps end after this time, so that a changed clock is noticed. It is also the pause after a failure. */
export const MAX_SLEEP_MS = 60_000;

const RUNNING: DeliveryState = { phase: 'running' };
const READ_SLOT: DeliveryEffect = { type: 'read-slot' };

export function firstStep(): DeliveryStep {
  return { state: { phase: 'starting' }, effect: READ_SLOT };
}

export function next(state: DeliveryState, event: DeliveryEvent, moment: Moment): DeliveryStep {
  switch (event.type) {
    case 'slot-read':
      return settle(state, event.slot, moment);
    case 'written-down':
      return event.slot.body ? step({ type: 'send', slot: event.slot }) : skip(event.slot, moment);
    case 'answered':
      return afterAnswer(event.slot, event.attempt, moment);
    case 'slot-stored':
      return event.attempt ? step({ type: 'report', attempt: event.attempt }) : waitFor(event.slot, moment);
    case 'woken':
    case 'superseded':
    case 'reported':
      return { state, effect: READ_SLOT };
    case 'failed':
      return { state, effect: { type: 'sleep', ms: MAX_SLEEP_MS, failure: { cause: event.cause } } };
  }
}

function step(effect: DeliveryEffect): DeliveryStep {
  return { state: RUNNING, effect };
}

/** Adapts the slot to the orders and, after a start, to the present. Still `starting` until the moved slot is stored. */
function settle(state: DeliveryState, slot: StoredSlot | undefined, moment: Moment): DeliveryStep {
  const { now, random } = moment;
  const followed = followOrders(slot, moment, { now, today: toDay(now), gap: random.gap });
  const current =
    followed && state.phase === 'starting' && followed.next <= now
      ? { ...followed, next: slotAtStart(followed, now, random) }
      : followed;
  return current === slot
    ? waitFor(slot, moment)
    : { state, effect: { type: 'store-slot', before: slot, slot: current } };
}

function waitFor(slot: StoredSlot | undefined, moment: Moment): DeliveryStep {
  if (!slot || !moment.schedule) return step({ type: 'sleep', ms: MAX_SLEEP_MS });
  const wait = slot.next - moment.now;
  if (wait > 0) return step({ type: 'sleep', ms: Math.min(wait, MAX_SLEEP_MS) });
  return moment.hasKey && mayLeave(slot, moment) ? step({ type: 'write-down', slot }) : skip(slot, moment);
}

/** Nothing leaves at this slot. A body that waits for its answer is kept. */
function skip(slot: StoredSlot, { now, random }: Moment): DeliveryStep {
  const after = slotAfter(slot, 'nothing-sent', { now, gap: random.gap });
  return step({ type: 'store-slot', before: slot, slot: after });
}

function afterAnswer(slot: StoredSlot, attempt: Attempt, { now, random }: Moment): DeliveryStep {
  const after = slotAfter(slot, attempt.error ? 'failed' : 'delivered', { now, gap: random.gap });
  return step({ type: 'store-slot', before: slot, slot: after, attempt });
}
