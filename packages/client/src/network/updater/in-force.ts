/**
 * What of the accepted inputs counts at a moment. Pure: no order in force, no scanning; a wider order is announced first.
 * Flow: updater → here → policy. Spec: DESIGN §4, §5.
 */
import { DAY_MS, type DetectionOrder } from '@lodestone/protocol';
import { orderState, releaseInForce, widens } from '@lodestone/trust';
import type { Inputs } from '../../inputs.ts';
import type { OrderStatus } from '../../status.ts';
import type { StoredModel, StoredOrder, StoredRelease } from '../storage/records.ts';

/** A wider order that no host acknowledged takes effect this long after it was first seen. */
const ANNOUNCED_MS = 7 * DAY_MS;

export interface Accepted {
  orders: readonly StoredOrder[];
  releases: readonly StoredRelease[];
  models: readonly StoredModel[];
  /** By source: version of the last accepted timestamp. */
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
      .map(({ orderDigest, order }) => ({ orderDigest, order })),
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

/**
 * When an order that is seen for the first time takes effect: at once where its source is new to this storage (a fresh
 * installation has promised nothing yet) or it is no wider than what is in force; else after its announcement.
 */
export function effectiveFrom(
  order: DetectionOrder,
  before: readonly DetectionOrder[],
  sourceIsNew: boolean,
  now: number,
): number {
  return !sourceIsNew && widens(before, order) ? now + ANNOUNCED_MS : now;
}
