/**
 * Findings × orders × surface → what the host must do, and which matches may be signalled. Pure.
 * Flow: (sandbox) verdict → here → outbox and host. Of several orders the strictest action holds, and the check names
 * the orders that require it. Each order that allows a signal gets at most one. Only this file concludes `clear`. Spec: docs/design/client.md#policy
 */
import {
  type Action,
  type OrderDigest,
  type Finding,
  type MatchKind,
  MAY_RETRY,
  type Media,
  type SensitiveFinding,
  STRICTNESS,
  type Surface,
  type UnscannableReason,
  type Verdict,
} from '@lodestone/protocol';
import { type Check, skipped } from './answer.ts';
import type { OrderInForce } from './inputs.ts';
import type { Evidence, Match } from './match.ts';
import type { PlanSource, ScanRequest, SignalTerms } from './scan-plan.ts';

export interface Decision {
  check: Check;
  matches: readonly Match[];
}

export function decide(verdict: Verdict, request: ScanRequest): Decision {
  const hits = verdict.findings.flatMap((finding) => hitsOf(finding, request));
  const unconfirmed = unconfirmedIn(verdict, request);
  const also = unconfirmed.length > 0 && { unconfirmed };
  if (hits.length === 0) return { check: { ...withoutHits(verdict, request), ...also }, matches: [] };
  const media = verdict.media === 'unknown' ? 'file' : verdict.media;
  return {
    check: {
      outcome: hits.some(({ finding }) => finding.kind === 'known') ? 'match' : 'sensitive',
      ...strictest(hits.map(({ source }) => source)),
      ...also,
    },
    matches: matchesOf(hits, verdict, request.surface, media),
  };
}

/** For a check without a verdict, or with an incomplete one: the strictest `onUnscannable` of the orders that apply. */
export function unscannable(
  reason: UnscannableReason,
  orders: readonly OrderInForce[],
  retry: boolean = MAY_RETRY[reason],
): Check {
  return {
    outcome: 'unscannable',
    ...strictest(orders.map((order) => ({ action: order.order.onUnscannable, order }))),
    reason,
    retry,
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

function withoutHits(verdict: Verdict, request: ScanRequest): Check {
  const { orders, missing } = request;
  const { media } = verdict;
  const relevant = media === 'unknown' ? orders : orders.filter(({ order }) => order.media.includes(media));
  if (relevant.length === 0) return skipped('not-covered');
  if (!verdict.complete && !lacksOnlyConfirmation(verdict, request)) return unscannable(verdict.reason, relevant);
  // Models classify pictures only, so a missing model changes nothing for other media.
  if (missing && (missing !== 'model-missing' || media === 'image')) return unscannable(missing, relevant);
  return { outcome: 'clear', action: 'allow', orders: [] };
}

/** Everything was looked up, and the models that failed only confirm near matches. */
function lacksOnlyConfirmation(verdict: Verdict, { sources }: ScanRequest): boolean {
  if (!('failedModels' in verdict) || verdict.reason !== 'model-missing') return false;
  return verdict.failedModels.every((model) => sources.models[model]?.length === 0);
}

/** The orders under which no model could have confirmed a near match in this picture, whatever the findings. */
function unconfirmedIn(verdict: Verdict, { sources }: ScanRequest): OrderDigest[] {
  if (verdict.media !== 'image') return [];
  const failed = 'failedModels' in verdict ? verdict.failedModels : [];
  const orders = sources.lists.flat().flatMap(({ signal, order }) => {
    if (!signal?.evidence.includes('confirmed') || !order.order.media.includes('image')) return [];
    const isConfirmable = signal.confirm && !failed.includes(signal.confirm.model);
    return isConfirmable ? [] : [order.orderDigest];
  });
  return [...new Set(orders)];
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

/** For each order that allows a signal on this surface, the hit with the strongest evidence. */
function matchesOf(hits: readonly Hit[], { findings }: Verdict, surface: Surface, media: Media): Match[] {
  const matches = hits.flatMap(({ finding, source: of }): Match[] => {
    const { signal, order: from, detectIndex, manifestDigest, entriesInList } = of;
    const evidence = signal && evidenceOf(finding, signal, findings);
    if (!evidence) return [];
    const { source, orderDigest, order } = from;
    const what =
      finding.kind === 'known'
        ? ({ kind: 'match', entry: finding.entry, level: finding.distance } as const)
        : ({ kind: 'sensitive', entry: 0, level: finding.bucket } as const);
    const by = { source, orderDigest, order, detectIndex, rule: signal.rule, manifestDigest, entriesInList };
    return [{ ...what, ...by, surface, media, evidence }];
  });
  const best = new Map<OrderDigest, Match>();
  for (const match of matches.sort((a, b) => rankOf(a) - rankOf(b)))
    if (!best.has(match.orderDigest)) best.set(match.orderDigest, match);
  return [...best.values()];
}

/**
 * The evidence for a signal, if the order accepts it. A near match alone is none: anybody who has a listed PDQ hash can make a
 * harmless picture that is near it.
 */
function evidenceOf(
  finding: Finding,
  { evidence, confirm }: SignalTerms,
  all: readonly Finding[],
): Evidence | undefined {
  const kind = finding.kind === 'sensitive' ? 'classifier' : EVIDENCE[finding.match];
  if (!kind || !evidence.includes(kind)) return undefined;
  if (kind !== 'confirmed') return { kind };
  const by = confirm && findingOf(confirm.model, all);
  return by && { kind, manifestDigest: confirm.manifestDigest, bucket: by.bucket };
}

function findingOf(model: number, findings: readonly Finding[]): SensitiveFinding | undefined {
  return findings.find((one) => one.kind === 'sensitive' && one.model === model) as SensitiveFinding | undefined;
}

/** The host cannot confirm a member's digest, and a model's finding need not be of the part that is near: neither is evidence. */
const EVIDENCE: Record<MatchKind, 'exact' | 'confirmed' | undefined> = {
  exact: 'exact',
  near: 'confirmed',
  member: undefined,
  part: undefined,
};

const STRENGTH: Record<Evidence['kind'], number> = { exact: 0, confirmed: 1, classifier: 2 };

/** Strong evidence before weak, then small distances before large ones, and high buckets before low ones. */
function rankOf({ evidence: { kind }, level }: Match): number {
  return STRENGTH[kind] * 100 + (kind === 'classifier' ? -level : level);
}
