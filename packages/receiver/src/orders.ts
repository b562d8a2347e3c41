/**
 * The orders that this receiver knows, and what a signal must be to fit one. Pure rules.
 * Flow: sources/refresh → database → here → ingest/check. Spec: DESIGN §4 (threshold), §9 (how long a day counts).
 */
import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { Day } from '@lodestone/protocol/time';
import type { Detect, DetectionOrder, SignalRule } from '@lodestone/protocol/order';
import type { MatchSignal } from '@lodestone/protocol/signal';
import { windowOf } from '@lodestone/trust';

export interface KnownOrder {
  /** Number of its row in the database. */
  no: number;
  orderDigest: Digest;
  source: Name;
  /** The order's id, which its later versions share. */
  name: Name;
  order: DetectionOrder;
}

/** Which of an order's references a manifest's digest stands for; a digest may be published by several sources. */
export type Manifests = ReadonlyMap<Digest, ReadonlySet<TargetReference>>;

export interface Known {
  orders: ReadonlyMap<Digest, KnownOrder>;
  manifests: Manifests;
}

/** Where a signal stands in its order. */
export interface Place {
  /** Null where the manifest is not known (yet): a device may refresh before this receiver does. Then the rule of the longest window stands in. */
  reference: TargetReference | null;
  windowStart: Day;
  threshold: number;
  withinDays: number;
}

/** What of a signal places it. */
export type Met = Pick<MatchSignal, 'kind' | 'surface' | 'media' | 'manifestDigest' | 'level' | 'day'>;

/** The detect item that this signal can come from, or undefined where its order has none. */
export function placeOf(met: Met, { order }: KnownOrder, manifests: Manifests): Place | undefined {
  if (!order.media.includes(met.media)) return undefined;
  const references = manifests.get(met.manifestDigest);
  const fitting = order.detect
    .filter((item) => !references || references.has(referenceOf(item)))
    .flatMap((item) => (item.signal && allows(item, item.signal, met) ? [{ item, rule: item.signal }] : []));
  // Of several items that fit, the longest window drops nothing that another would keep.
  const [first] = fitting.sort((a, b) => b.rule.withinDays - a.rule.withinDays);
  if (!first) return undefined;
  const { threshold, withinDays } = first.rule;
  return {
    reference: references ? referenceOf(first.item) : null,
    windowStart: windowOf(order, withinDays, met.day).firstDay,
    threshold,
    withinDays,
  };
}

function allows(item: Detect, rule: SignalRule, { kind, surface, level }: Met): boolean {
  if (!rule.surfaces.some((signalled) => signalled === surface)) return false;
  return item.kind === 'known'
    ? kind === 'match' && level <= item.maxDistance
    : kind === 'sensitive' && level >= item.minBucket;
}

function referenceOf(item: Detect): TargetReference {
  return item.kind === 'known' ? item.list : item.model;
}
