/**
 * What the orders allow to signal, one item for each list or model. Counts and signals live as long as an item of their
 * lineage allows everything that theirs did: a reissued order keeps them, and what a successor drops is deleted.
 * Pure. Spec: docs/design/outbox.md#lineages
 */
import type { Detect, DetectionOrder, SignalRule } from '@lodestone/protocol';
import type { OrderInForce } from '../../inputs.ts';
import type { SignalItem } from '../storage/records.ts';

/** Every item of the orders that may signal. */
export function signalItems(orders: readonly OrderInForce[]): SignalItem[] {
  return orders.flatMap(({ source, order }) =>
    order.detect.flatMap((detect) => (detect.signal ? [signalItem(source, order, detect, detect.signal)] : [])),
  );
}

export function signalItem(source: string, order: DetectionOrder, detect: Detect, rule: SignalRule): SignalItem {
  const variants = detect.kind === 'known' ? detect.variants : [];
  return {
    lineage: `${source} ${order.id}`,
    reference: detect.kind === 'known' ? detect.list : detect.model,
    withinDays: rule.withinDays,
    allows: [
      ...rule.surfaces.map((surface) => `surface ${surface}`),
      ...order.media.map((media) => `media ${media}`),
      ...variants.map((variant) => `variant ${variant}`),
      ...(order.receiver?.subject === 'pseudonym' ? ['pseudonym'] : []),
    ],
    limits:
      detect.kind === 'known'
        ? { maxDistance: detect.maxDistance, lowQuality: 100 - detect.minQuality }
        : { lowBucket: 10 - detect.minBucket },
  };
}

/** Returns the item, of those that hold now, that still allows everything that `before` did. */
export function successorOf(before: SignalItem, now: readonly SignalItem[]): SignalItem | undefined {
  return now.find(
    (item) =>
      item.lineage === before.lineage &&
      item.reference === before.reference &&
      before.allows.every((allowed) => item.allows.includes(allowed)) &&
      Object.entries(before.limits).every(([name, limit]) => (item.limits[name] ?? -1) >= limit),
  );
}
