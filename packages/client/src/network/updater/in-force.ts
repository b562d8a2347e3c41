/**
 * Decides which accepted inputs are in force at a moment, and which orders began or ended. Pure; time is an argument.
 * Promise: without an order in force nothing is scanned, and a wider order is announced first.
 * Flow: updater → here → scan-plan. Spec: docs/design/signed-inputs.md#orders-in-force
 */
import { type OrderDigest, fromInstant } from '@lodestone/protocol';
import { orderState, releaseInForce } from '@lodestone/trust';
import type { Inputs } from '../../inputs.ts';
import type { OrderStatus } from '../../status.ts';
import type { StoredModel, StoredOrder, StoredRelease } from '../storage/records.ts';

export interface Accepted {
  orders: readonly StoredOrder[];
  releases: readonly StoredRelease[];
  models: readonly StoredModel[];
  /** Source name → version of its last accepted timestamp. */
  timestamps: ReadonlyMap<string, number>;
}

export function orderStateAt(stored: StoredOrder, accepted: Accepted, now: number): OrderStatus['state'] {
  const { order, source, endedAtVersion, supersededBy, effectiveFrom } = stored;
  if (endedAtVersion !== undefined && (accepted.timestamps.get(source) ?? 0) <= endedAtVersion) return 'ended';
  const successor = accepted.orders.find(({ orderDigest }) => orderDigest === supersededBy);
  if (successor && successor.effectiveFrom <= now) return 'ended';
  const state = orderState(order, now);
  return state !== 'ended' && now < effectiveFrom ? 'announced' : state;
}

export function inForce(accepted: Accepted, now: number): Inputs {
  return {
    orders: accepted.orders
      .filter((stored) => orderStateAt(stored, accepted, now) === 'in-force')
      .map(({ source, orderDigest, order }) => ({ source, orderDigest, order })),
    unknown: [],
    lists: accepted.releases
      .filter(({ manifest }) => releaseInForce(manifest, now))
      .map(({ reference, manifest, manifestDigest }) => ({
        reference,
        manifestDigest,
        fileDigest: manifest.file.sha256,
      })),
    models: accepted.models
      .filter(({ manifest }) => releaseInForce(manifest, now))
      .map(({ reference, manifest, manifestDigest }) => ({
        reference,
        manifestDigest,
        maySignal: manifest.figures.length > 0,
      })),
  };
}

/** An order that began or ended since its record was written. */
export interface OrderTransition {
  orderDigest: OrderDigest;
  /** Changes to the stored record. */
  record: Pick<StoredOrder, 'noted' | 'endedAtVersion'>;
  /** The note for the ledger. An order that ends without having been in force has none. */
  note?: 'order-in-force' | 'order-ended';
}

/**
 * Each beginning and end of an order, once. An end by time is bound to the timestamp version under which it was seen,
 * so that a clock that is set back does not make the order valid again.
 */
export function orderTransitions(accepted: Accepted, now: number): OrderTransition[] {
  return accepted.orders.flatMap((stored): OrderTransition[] => {
    const state = orderStateAt(stored, accepted, now);
    if ((state !== 'in-force' && state !== 'ended') || state === stored.noted) return [];
    const endedByTime = state === 'ended' && fromInstant(stored.order.notAfter) <= now;
    const endedAtVersion = accepted.timestamps.get(stored.source) ?? 0;
    const isNoted = state === 'in-force' || stored.noted === 'in-force';
    return [
      {
        orderDigest: stored.orderDigest,
        record: { noted: state, ...(endedByTime && { endedAtVersion }) },
        ...(isNoted && { note: `order-${state}` as const }),
      },
    ];
  });
}

/**
 * Orders in force that their source no longer publishes, and that stay until their newer version takes effect. All other
 * orders that are no longer published are withdrawn: an announced order that was replaced never takes effect.
 */
export function awaitingSuccessor(
  before: readonly StoredOrder[],
  published: readonly StoredOrder[],
  now: number,
): StoredOrder[] {
  const publishedDigests = new Set(published.map(({ orderDigest }) => orderDigest));
  return before
    .filter(({ orderDigest }) => !publishedDigests.has(orderDigest))
    .flatMap((old) => {
      const successor = published.find(({ order }) => order.id === old.order.id);
      return successor && old.effectiveFrom <= now && now < successor.effectiveFrom
        ? [{ ...old, supersededBy: successor.orderDigest }]
        : [];
    });
}
