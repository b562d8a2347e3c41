/**
 * The orders of which a match would be counted now: its receiver key is here and, if the order requires a pseudonym, the
 * account's ids. Pure; time is an argument. Flow: updater and subject ids → here → status.
 * Spec: docs/design/outbox.md#armed-orders
 */
import { type OrderDigest, toDay } from '@lodestone/protocol';
import type { OrderInForce } from '../../inputs.ts';
import { keyUnder, type KeysOf } from './sealing-keys.ts';

/** `hasIds`: a batch of subject ids of the account that is signed in covers this day. */
export function armedOrders(
  orders: readonly OrderInForce[],
  { keysOf, now, hasIds }: { keysOf: KeysOf; now: number; hasIds: boolean },
): OrderDigest[] {
  const armed = orders.filter(({ order }) => {
    if (order.receiver?.subject === 'pseudonym' && !hasIds) return false;
    return order.detect.some(({ signal }) => signal && keyUnder(order, signal, { keysOf, now, day: toDay(now) }));
  });
  return armed.map(({ orderDigest }) => orderDigest);
}
