/**
 * Findings × orders × surface → what the host does, and which signals. Pure: no clock, storage or browser.
 * Flow: check → admit → (room) → decide → courier. Several orders in force: the strictest action, one signal for each
 * order that asks. "Clear" is concluded here and nowhere else. Spec: DESIGN §3, §4.
 */
import {
  type Action,
  ACTIONS,
  type Detect,
  type DetectionOrder,
  type Digest,
  type Finding,
  LIMITS,
  type Media,
  type PlanList,
  type ScanPlan,
  type SignalRule,
  type Surface,
  type TargetReference,
  type UnscannableReason,
  type Verdict,
} from '@lodestone/protocol';
import type { Check } from './check.ts';

/** An order that applies now. */
export interface OrderInForce {
  digest: Digest;
  order: DetectionOrder;
}

/** A list whose release is in force now. */
export interface ListInForce {
  reference: TargetReference;
  /** SHA-256 of its manifest. */
  manifest: Digest;
  /** SHA-256 of its `.lode` file. */
  file: Digest;
}

/** What the keeper holds in force at one moment. */
export interface Inputs {
  orders: readonly OrderInForce[];
  lists: readonly ListInForce[];
}

/** One detect item of one order, behind a line of the plan. */
interface Asked {
  order: OrderInForce;
  item: number;
  detect: Detect;
  manifest: Digest;
}

export interface Admission {
  surface: Surface;
  orders: readonly OrderInForce[];
  plan: ScanPlan;
  /** For each line of the plan, who asked for it. */
  asked: readonly (readonly Asked[])[];
  /** Something that an order names is not there: without a match, nothing can be concluded. */
  missing?: 'list-missing' | 'model-missing';
}

/** A match that an order wants signalled. */
export interface Match {
  kind: 'match' | 'sensitive';
  order: Digest;
  terms: DetectionOrder;
  /** Index of the detect item in the order. */
  item: number;
  rule: SignalRule;
  manifest: Digest;
  surface: Surface;
  media: Media;
  entry: number;
  level: number;
}

export interface Decision {
  answer: Check;
  matches: readonly Match[];
}

/** Which orders cover this surface, and what to look for under them; or why nothing is looked at. */
export function admit(
  { orders, lists }: Inputs,
  surface: Surface,
): Admission | { skipped: 'no-order' | 'not-covered' } {
  if (orders.length === 0) return { skipped: 'no-order' };
  const covering = orders.filter(({ order }) => order.surfaces.includes(surface));
  if (covering.length === 0) return { skipped: 'not-covered' };

  const lines = new Map<string, { line: PlanList; asked: Asked[] }>();
  let missing: Admission['missing'];
  for (const order of covering) {
    for (const [item, detect] of order.order.detect.entries()) {
      if (detect.kind === 'classifier') {
        missing ??= 'model-missing';
        continue;
      }
      const list = lists.find(({ reference }) => reference === detect.list);
      if (!list) {
        missing = 'list-missing';
        continue;
      }
      const { maxDistance, minQuality, variants } = detect;
      if (lines.size >= LIMITS.planLists) {
        missing = 'list-missing'; // never dropped in silence: without a match the check ends unscannable
        continue;
      }
      const line: PlanList = { digest: list.file, media: order.order.media, maxDistance, minQuality, variants };
      const key = JSON.stringify(line);
      const same = lines.get(key) ?? { line, asked: [] };
      same.asked.push({ order, item, detect, manifest: list.manifest });
      lines.set(key, same);
    }
  }
  return {
    surface,
    orders: covering,
    plan: { lists: [...lines.values()].map(({ line }) => line) },
    asked: [...lines.values()].map(({ asked }) => asked),
    ...(missing && { missing }),
  };
}

/** Whether content of this kind is looked at. */
export function covers({ orders }: Inputs, { surface, media }: { surface: Surface; media?: Media }): boolean {
  return orders.some(
    ({ order }) => order.surfaces.includes(surface) && (media === undefined || order.media.includes(media)),
  );
}

/** What the host is told, and what the courier takes. */
export function decide(verdict: Verdict, admission: Admission): Decision {
  const { media } = verdict;
  const hits = verdict.findings.flatMap((finding) => hitsOf(finding, admission));
  if (hits.length > 0) {
    const outcome = hits.some(({ finding }) => finding.kind === 'known') ? 'match' : 'sensitive';
    const action = strictest(hits.map(({ asked }) => asked.detect.action));
    return {
      answer: { outcome, action },
      matches: matchesOf(hits, admission.surface, media === 'unknown' ? 'file' : media),
    };
  }
  const relevant =
    media === 'unknown' ? admission.orders : admission.orders.filter(({ order }) => order.media.includes(media));
  if (relevant.length === 0)
    return { answer: { outcome: 'skipped', action: 'allow', reason: 'not-covered' }, matches: [] };
  if (!verdict.complete) return { answer: unscannable(verdict.reason, relevant), matches: [] };
  if (admission.missing) return { answer: unscannable(admission.missing, relevant), matches: [] };
  return { answer: { outcome: 'clear', action: 'allow' }, matches: [] };
}

/** A check that gave no verdict. */
export function unscannable(reason: UnscannableReason, orders: readonly OrderInForce[]): Check {
  const retry = reason === 'deadline' || reason === 'room' || reason === 'limit' || reason === 'list-missing';
  return { outcome: 'unscannable', action: strictest(orders.map(({ order }) => order.onUnscannable)), reason, retry };
}

interface Hit {
  finding: Finding;
  asked: Asked;
}

function hitsOf(finding: Finding, { asked }: Admission): Hit[] {
  if (finding.kind === 'sensitive') return []; // this build hands the room no model, so the gate lets none pass
  return (asked[finding.list] ?? []).map((one) => ({ finding, asked: one }));
}

/** Of each order that asks for a signal on this surface, its nearest hit. */
function matchesOf(hits: readonly Hit[], surface: Surface, media: Media): Match[] {
  const nearest = new Map<Digest, Match>();
  for (const { finding, asked } of hits) {
    const { order, item, detect, manifest } = asked;
    if (finding.kind !== 'known' || !detect.signal?.surfaces.some((asking) => asking === surface)) continue;
    const before = nearest.get(order.digest);
    if (before && before.level <= finding.distance) continue;
    nearest.set(order.digest, {
      kind: 'match',
      order: order.digest,
      terms: order.order,
      item,
      rule: detect.signal,
      manifest,
      surface,
      media,
      entry: finding.entry,
      level: finding.distance,
    });
  }
  return [...nearest.values()];
}

function strictest(actions: readonly Action[]): Action {
  return actions.reduce(
    (worst, action) => (ACTIONS.indexOf(action) > ACTIONS.indexOf(worst) ? action : worst),
    'allow',
  );
}
