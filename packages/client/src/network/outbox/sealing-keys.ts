/**
 * The receiver keys of the outbox. A match is sealed even if the newest key has ended a few days ago, so that nothing
 * readable waits for the next key. A request leaves only while a key is valid. Pure. Spec: docs/design/outbox.md#keys
 */
import {
  DAY_MS,
  type DetectionOrder,
  fromInstant,
  type ReceiverKey,
  type ReceiverKeys,
  sealingKey,
  type TargetReference,
} from '@lodestone/protocol';

/** A match is sealed to a key that ended less than this many days ago. */
const ENDED_DAYS = 30;

/** The key to seal a match with: of the keys that have begun, the newest that is valid or ended recently. */
export function keyForMatch({ keys }: ReceiverKeys, now: number): ReceiverKey | undefined {
  return keys
    .filter(
      ({ notBefore, notAfter }) => fromInstant(notBefore) <= now && now < fromInstant(notAfter) + ENDED_DAYS * DAY_MS,
    )
    .sort((a, b) => fromInstant(b.notBefore) - fromInstant(a.notBefore))[0];
}

/** A key that is valid now, of the orders in force. All of them name one key set for one endpoint. */
export function validKey(
  orders: readonly DetectionOrder[],
  keysOf: (reference: TargetReference) => ReceiverKeys | undefined,
  now: number,
): ReceiverKey | undefined {
  const keys = orders.flatMap(({ receiver }) => (receiver && keysOf(receiver.keys)) ?? []);
  return keys.flatMap((each) => sealingKey(each, now) ?? [])[0];
}
