/**
 * What the orders allow to signal, one item for each list or model. Counts and signals live as long as an item of their
 * lineage allows everything that theirs did: a reissued order keeps them, and what a successor drops is deleted.
 * Pure. Spec: docs/design/outbox.md#lineages
 */
import type { Detect, DetectionOrder, KnownSignalRule, SignalRule } from '@lodestone/protocol';
import type { OrderInForce } from '../../inputs.ts';
import type { SignalItem } from '../storage/records.ts';

/** Every item of the orders that may signal. */
export function signalItems(orders: readonly OrderInForce[]): SignalItem[] {
  return orders.flatMap(({ source, order }) =>
    order.detect.flatMap((detect) => (detect.signal ? [signalItem(source, order, detect, detect.signal)] : [])),
  );
}

export function signalItem(source: string, order: DetectionOrder, detect: Detect, rule: SignalRule): SignalItem {
  const { surfaces, withinDays, threshold: _threshold, ...otherRules } = rule;
  allRead(otherRules);
  const { reference, allows, requires, limits } = termsOf(detect);
  return {
    lineage: `${source} ${order.id}`,
    reference,
    withinDays,
    allows: [
      ...surfaces.map((surface) => `surface ${surface}`),
      ...order.media.map((media) => `media ${media}`),
      ...allows,
      ...(order.receiver?.subject === 'pseudonym' ? ['pseudonym'] : []),
    ],
    requires,
    limits,
  };
}

function termsOf(detect: Detect): Pick<SignalItem, 'reference' | 'allows' | 'requires' | 'limits'> {
  if (detect.kind === 'classifier') {
    const { kind: _kind, action: _action, signal: _signal, model, minBucket, ...others } = detect;
    allRead(others);
    return { reference: model, allows: [], requires: [], limits: { lowBucket: 10 - minBucket } };
  }
  const { kind: _kind, action: _action, signal, list, purpose, alsoBy, ...others } = detect;
  const { maxDistance, minQuality, variants, ...unread } = others;
  allRead(unread);
  const evidence = signal ? evidenceOf(signal) : { allows: [], limits: {} };
  return {
    reference: list,
    allows: [`purpose ${purpose}`, ...variants.map((variant) => `variant ${variant}`), ...evidence.allows],
    requires: alsoBy,
    limits: { maxDistance, lowQuality: 100 - minQuality, ...evidence.limits },
  };
}

function evidenceOf(rule: KnownSignalRule): Pick<SignalItem, 'allows' | 'limits'> {
  const { surfaces: _surfaces, threshold: _threshold, withinDays: _withinDays, evidence, confirm, ...unread } = rule;
  allRead(unread);
  return {
    allows: [
      ...evidence.map((kind) => `evidence ${kind}`),
      ...(confirm ? [`confirmed by ${confirm.model} ${confirm.manifestDigest}`] : []),
    ],
    limits: confirm ? { lowConfirmBucket: 10 - confirm.minBucket } : {},
  };
}

/** Fails to compile when a field is added that this file does not read. */
function allRead(_unread: Record<string, never>): void {}

/** Returns the item, of those that hold now, that still allows everything that `before` did. */
export function successorOf(before: SignalItem, now: readonly SignalItem[]): SignalItem | undefined {
  return now.find(
    (item) =>
      item.lineage === before.lineage &&
      item.reference === before.reference &&
      before.allows.every((allowed) => item.allows.includes(allowed)) &&
      item.requires.every((required) => before.requires.includes(required)) &&
      Object.entries(before.limits).every(([name, limit]) => (item.limits[name] ?? -1) >= limit),
  );
}
