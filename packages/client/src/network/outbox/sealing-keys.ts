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
  type TargetReference,
} from '@lodestone/protocol';

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

/** A key that is valid now, of the orders in force. All of them name one key set for one endpoint. */
export function validKey(
  orders: readonly DetectionOrder[],
  keysOf: (reference: TargetReference) => ReceiverKeys | undefined,
  now: number,
): ReceiverKey | undefined {
  return keySets(orders, keysOf).flatMap((each) => sealingKey(each, now) ?? [])[0];
}

/** The next moment at which a key of the orders in force begins or ends; infinite if there is none. */
export function nextKeyChange(
  orders: readonly DetectionOrder[],
  keysOf: (reference: TargetReference) => ReceiverKeys | undefined,
  now: number,
): number {
  const keys = keySets(orders, keysOf).flatMap((each) => each.keys);
  const moments = keys.flatMap(({ notBefore, notAfter }) => [fromInstant(notBefore), fromInstant(notAfter)]);
  return Math.min(...moments.filter((moment) => moment > now));
}

function keySets(
  orders: readonly DetectionOrder[],
  keysOf: (reference: TargetReference) => ReceiverKeys | undefined,
): ReceiverKeys[] {
  return orders.flatMap(({ receiver }) => (receiver && keysOf(receiver.keys)) ?? []);
}
