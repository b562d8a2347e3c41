/**
 * Finds the detect item of an order that a signal comes from. Pure.
 * Flow: sources/load-orders → here → ingest/check. Spec: docs/design/receiver.md#ingest.
 */
import type { OrderDigest, ManifestDigest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import { toHex } from '@lodestone/protocol/bytes';
import type { Detect, DetectionOrder, KnownSignalRule } from '@lodestone/protocol/order';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import type { Day } from '@lodestone/protocol/time';
import { windowOf } from '@lodestone/trust';

export interface LoadedOrder {
  /** Key of its row in the database. */
  orderNo: number;
  orderDigest: OrderDigest;
  source: Name;
  /** The same for all versions of the order. */
  orderId: Name;
  order: DetectionOrder;
  /** When its lineage ends, in milliseconds since 1970. */
  endsAt: number;
}

/** The references under which each manifest was published, with the list's version. Several sources may publish the same manifest. */
export type ManifestReferences = ReadonlyMap<ManifestDigest, ReadonlyMap<TargetReference, number | null>>;

export interface LoadedOrders {
  orders: ReadonlyMap<OrderDigest, LoadedOrder>;
  manifests: ManifestReferences;
}

/** The detect item of a signal, and what follows from its rule. */
export interface MatchedItem {
  /** Null while the manifest is not known: the signal then waits. */
  reference: TargetReference | null;
  countingWindowStart: Day;
  threshold: number;
  withinDays: number;
}

/** The fields of a signal that decide its detect item. */
export type ItemFields = Pick<
  MatchSignal,
  'kind' | 'surface' | 'media' | 'manifestDigest' | 'level' | 'day' | 'evidence' | 'confirmBucket' | 'confirmModel'
>;

/**
 * Finds the detect item that the signal comes from, or undefined if its order has none.
 * While the manifest is not known, several items can fit. The one with the longest window is taken, so no signal is dropped
 * that another item would accept once the manifest is known.
 */
export function matchDetectItem(
  fields: ItemFields,
  { order }: LoadedOrder,
  manifests: ManifestReferences,
): MatchedItem | undefined {
  if (!order.media.includes(fields.media)) return undefined;
  const references = manifests.get(fields.manifestDigest);
  const candidates = order.detect
    .filter((item) => !references || references.has(referenceOf(item)))
    .flatMap((item) => (item.signal && allowsSignal(item, fields) ? [{ item, rule: item.signal }] : []));
  const [longest] = candidates.sort((a, b) => b.rule.withinDays - a.rule.withinDays);
  if (!longest) return undefined;
  const { threshold, withinDays } = longest.rule;
  return {
    reference: references ? referenceOf(longest.item) : null,
    countingWindowStart: windowOf(withinDays, fields.day).firstDay,
    threshold,
    withinDays,
  };
}

function allowsSignal(item: Detect, fields: ItemFields): boolean {
  const { kind, surface, level } = fields;
  if (!item.signal?.surfaces.some((allowed) => allowed === surface)) return false;
  if (item.kind === 'classifier') return kind === 'sensitive' && level >= item.minBucket;
  const isNear = kind === 'match' && level <= item.maxDistance;
  return isNear && item.purpose === 'verified' && isSufficient(item.signal, fields);
}

/** The device enforces the same: a signal with evidence that its order does not accept is not from this SDK. */
function isSufficient(
  { evidence: accepted, confirm }: KnownSignalRule,
  { evidence, confirmBucket, confirmModel }: ItemFields,
): boolean {
  if (evidence === 'classifier' || !accepted.includes(evidence)) return false;
  if (evidence === 'exact') return true;
  return confirm?.manifestDigest.startsWith(toHex(confirmModel)) === true && confirmBucket >= confirm.minBucket;
}

function referenceOf(item: Detect): TargetReference {
  return item.kind === 'known' ? item.list : item.model;
}
