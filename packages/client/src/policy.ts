/**
 * Findings × orders × surface → what the host must do, and which matches may be signalled. Pure.
 * Flow: (sandbox) verdict → here → outbox and host. Of several orders the strictest action holds, and the check names
 * the orders that require it. Each order that allows a signal gets at most one. Only this file concludes `clear`. Spec: docs/design/client.md#policy
 */
import {
  type Action,
  type OrderDigest,
  type Finding,
  MAY_RETRY,
  type Media,
  STRICTNESS,
  type Surface,
  type UnscannableReason,
  type Verdict,
} from '@lodestone/protocol';
import type { OrderInForce } from './inputs.ts';
import type { Match } from './match.ts';
import type { NotScanned, PlanSource, ScanRequest } from './scan-plan.ts';

/** The result of a check, as content and device determine it. A mistake in the call is an error instead. */
export type Check = {
  action: Action;
  /**
   * The orders that decided: those that require this action for what was found, or whose `onUnscannable` it is. Empty if
   * the outcome is `clear` or `skipped`. Show their summaries and help, not those of other orders.
   */
  orders: readonly OrderDigest[];
} & (
  | { outcome: 'clear' }
  | { outcome: 'skipped'; reason: NotScanned['skipped'] }
  | { outcome: 'match' | 'sensitive' }
  | { outcome: 'unscannable'; reason: UnscannableReason; retry: boolean }
);

export interface Decision {
  check: Check;
  matches: readonly Match[];
}

export function decide(verdict: Verdict, request: ScanRequest): Decision {
  const hits = verdict.findings.flatMap((finding) => hitsOf(finding, request));
  if (hits.length === 0) return { check: withoutHits(verdict, request), matches: [] };
  const media = verdict.media === 'unknown' ? 'file' : verdict.media;
  return {
    check: {
      outcome: hits.some(({ finding }) => finding.kind === 'known') ? 'match' : 'sensitive',
      ...strictest(hits.map(({ source }) => ({ action: source.detect.action, order: source.order }))),
    },
    matches: matchesOf(hits, request.surface, media),
  };
}

export function skipped(reason: NotScanned['skipped']): Check {
  return { outcome: 'skipped', action: 'allow', orders: [], reason };
}

/** For a check without a verdict, or with an incomplete one: the strictest `onUnscannable` of the orders that apply. */
export function unscannable(reason: UnscannableReason, orders: readonly OrderInForce[]): Check {
  return {
    outcome: 'unscannable',
    ...strictest(orders.map((order) => ({ action: order.order.onUnscannable, order }))),
    reason,
    retry: MAY_RETRY[reason],
  };
}

/** The strictest action, and the orders that require it. */
function strictest(required: readonly { action: Action; order: OrderInForce }[]): Pick<Check, 'action' | 'orders'> {
  const action = required.reduce<Action>(
    (worst, { action: one }) => (STRICTNESS[one] > STRICTNESS[worst] ? one : worst),
    'allow',
  );
  const orders = required.filter((one) => one.action === action).map(({ order }) => order.orderDigest);
  return { action, orders: [...new Set(orders)] };
}

function withoutHits(verdict: Verdict, { orders, missing }: ScanRequest): Check {
  const { media } = verdict;
  const relevant = media === 'unknown' ? orders : orders.filter(({ order }) => order.media.includes(media));
  if (relevant.length === 0) return skipped('not-covered');
  if (!verdict.complete) return unscannable(verdict.reason, relevant);
  // Models classify pictures only, so a missing model changes nothing for other media.
  if (missing && (missing !== 'model-missing' || media === 'image')) return unscannable(missing, relevant);
  return { outcome: 'clear', action: 'allow', orders: [] };
}

/** A finding, with one detect item that it satisfies. */
interface Hit {
  finding: Finding;
  source: PlanSource;
}

function hitsOf(finding: Finding, { sources }: ScanRequest): Hit[] {
  const of = finding.kind === 'known' ? sources.lists[finding.list] : sources.models[finding.model];
  return (of ?? []).map((source) => ({ finding, source }));
}

/**
 * For each order that allows a signal on this surface, its best hit: an exact match, else a model's highest bucket. A near
 * match is never signalled, because anybody who reads a listed PDQ hash can make a harmless picture that is near it.
 */
function matchesOf(hits: readonly Hit[], surface: Surface, media: Media): Match[] {
  const best = new Map<OrderDigest, Match>();
  for (const { finding, source } of [...hits].sort((a, b) => rankOf(a.finding) - rankOf(b.finding))) {
    const { order, detectIndex, detect, manifestDigest, maySignal } = source;
    const rule = detect.signal;
    if (finding.kind === 'known' && finding.match === 'near') continue;
    if (!maySignal || !rule?.surfaces.some((allowed) => allowed === surface) || best.has(order.orderDigest)) continue;
    best.set(order.orderDigest, {
      ...(finding.kind === 'known'
        ? { kind: 'match', entry: finding.entry, level: finding.distance, evidence: 'exact' }
        : { kind: 'sensitive', entry: 0, level: finding.bucket, evidence: 'classifier' }),
      source: order.source,
      orderDigest: order.orderDigest,
      order: order.order,
      detectIndex,
      rule,
      manifestDigest,
      surface,
      media,
    });
  }
  return [...best.values()];
}

/** Distances rank before buckets, and high buckets before low ones. */
function rankOf(finding: Finding): number {
  return finding.kind === 'known' ? finding.distance : 1_000 - finding.bucket;
}
