/**
 * The orders of which a match would be counted now: a match can be evidence under it, its receiver key is here and, if the order
 * requires a pseudonym, the account's ids. Pure; time is an argument. Flow: updater and subject ids → here → status.
 * Spec: docs/design/outbox.md#armed-orders
 */
import { type OrderDigest, toDay } from '@lodestone/protocol';
import { canSignal, type Inputs } from '../../inputs.ts';
import { keyUnder, type KeysOf } from './sealing-keys.ts';

/** `hasIds`: a batch of subject ids of the account that is signed in covers this day. */
export function armedOrders(
  { orders, models }: Pick<Inputs, 'orders' | 'models'>,
  { keysOf, now, hasIds }: { keysOf: KeysOf; now: number; hasIds: boolean },
): OrderDigest[] {
  const armed = orders.filter(({ order }) => {
    if (order.receiver?.subject === 'pseudonym' && !hasIds) return false;
    return order.detect.some((item) => {
      if (!item.signal || !canSignal(order, item, models)) return false;
      return keyUnder(order, item.signal, { keysOf, now, day: toDay(now) }) !== undefined;
    });
  });
  return armed.map(({ orderDigest }) => orderDigest);
}
