/**
 * The receiver keys of the outbox. A match is sealed even if the newest key has ended a few days ago, so that nothing
 * readable waits for the next key. A request leaves only while a key is valid. Pure. Spec: docs/design/outbox.md#keys
 */
import {
  DAY_MS,
  type Day,
  type DetectionOrder,
  fromInstant,
  LIMITS,
  type ReceiverKey,
  type ReceiverKeys,
  sealingKey,
  type SignalRule,
  type TargetReference,
} from '@lodestone/protocol';
import { lastCountingDay } from '@lodestone/trust';

/** The keys of a receiver; undefined if they are not on the device. */
export type KeysOf = (reference: TargetReference) => ReceiverKeys | undefined;

/** A match is sealed to a key that ended less than this many days ago, if the receiver still has it when the signal may arrive. */
const ENDED_DAYS = 30;

/**
 * The key to seal a match with: of the keys that have begun, the newest that is valid or ended recently, and that the
 * receiver keeps until `lastDay`, on which the signal counts for the last time, has ended.
 */
export function keyForMatch(
  { keys }: ReceiverKeys,
  { now, lastDay }: { now: number; lastDay: Day },
): ReceiverKey | undefined {
  return keys
    .filter(({ notBefore, notAfter }) => {
      const end = fromInstant(notAfter);
      const isKept = (lastDay + 1) * DAY_MS <= end + LIMITS.keyKeptDays * DAY_MS;
      return isKept && fromInstant(notBefore) <= now && now < end + ENDED_DAYS * DAY_MS;
    })
    .sort((a, b) => fromInstant(b.notBefore) - fromInstant(a.notBefore))[0];
}

/** The key to seal a match of this day with, under one rule of an order; undefined if its receiver's keys have none. */
export function keyUnder(
  { receiver }: DetectionOrder,
  { withinDays }: SignalRule,
  { keysOf, now, day }: { keysOf: KeysOf; now: number; day: Day },
): ReceiverKey | undefined {
  const keys = receiver && keysOf(receiver.keys);
  return keys && keyForMatch(keys, { now, lastDay: lastCountingDay(day, withinDays) });
}

/** A key that is valid now, of the orders in force: all of them name one endpoint. */
export function validKey(orders: readonly DetectionOrder[], keysOf: KeysOf, now: number): ReceiverKey | undefined {
  return keySets(orders, keysOf).flatMap((each) => sealingKey(each, now) ?? [])[0];
}

/**
 * The next moment at which a key of the orders in force begins, or is too old to seal a match; infinite if there is none.
 * What `keyForMatch` answers also changes with the day.
 */
export function nextKeyChange(orders: readonly DetectionOrder[], keysOf: KeysOf, now: number): number {
  const keys = keySets(orders, keysOf).flatMap((each) => each.keys);
  const moments = keys.flatMap(({ notBefore, notAfter }) => [
    fromInstant(notBefore),
    fromInstant(notAfter) + ENDED_DAYS * DAY_MS,
  ]);
  return Math.min(...moments.filter((moment) => moment > now));
}

function keySets(orders: readonly DetectionOrder[], keysOf: KeysOf): ReceiverKeys[] {
  return orders.flatMap(({ receiver }) => (receiver && keysOf(receiver.keys)) ?? []);
}
