/**
 * Findings × orders × surface → what the host does, and which signals. Pure: no clock, storage or browser.
 * Flow: check → admit → (sandbox) → decide → outbox. Several orders in force: the strictest action, one signal for each
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
  type PlanModel,
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
  orderDigest: Digest;
  order: DetectionOrder;
}

/** A list whose release is in force now. */
export interface ListInForce {
  reference: TargetReference;
  /** SHA-256 of its manifest. */
  manifestDigest: Digest;
  /** SHA-256 of its `.lode` file. */
  fileDigest: Digest;
}

/** A model whose release is in force now. */
export interface ModelInForce {
  reference: TargetReference;
  /** SHA-256 of its manifest. */
  manifestDigest: Digest;
  /** Its card has figures by group. */
  maySignal: boolean;
}

/** What the updater holds in force at one moment. */
export interface Inputs {
  orders: readonly OrderInForce[];
  lists: readonly ListInForce[];
  models: readonly ModelInForce[];
}

/** One detect item of one order, behind a line of the plan. */
interface PlanSource {
  order: OrderInForce;
  detectIndex: number;
  detect: Detect;
  manifestDigest: Digest;
  maySignal: boolean;
}

export interface ScanRequest {
  surface: Surface;
  orders: readonly OrderInForce[];
  plan: ScanPlan;
  /** For each list and each model of the plan, who asked for it. */
  sources: Record<keyof ScanPlan, readonly (readonly PlanSource[])[]>;
  /** Something that an order names is not there: without a match, nothing can be concluded. */
  missing?: 'list-missing' | 'model-missing';
}

/** A match that an order wants signalled. */
export interface Match {
  kind: 'match' | 'sensitive';
  orderDigest: Digest;
  order: DetectionOrder;
  /** Index of the detect item in the order. */
  detectIndex: number;
  rule: SignalRule;
  manifestDigest: Digest;
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
export function planScan(
  { orders, lists, models }: Inputs,
  surface: Surface,
): ScanRequest | { skipped: 'no-order' | 'not-covered' } {
  if (orders.length === 0) return { skipped: 'no-order' };
  const covering = orders.filter(({ order }) => order.surfaces.includes(surface));
  if (covering.length === 0) return { skipped: 'not-covered' };

  const lines = new PlanBuilder<PlanList>(LIMITS.planLists);
  const looks = new PlanBuilder<PlanModel>(LIMITS.planModels);
  let missing: ScanRequest['missing'];
  for (const order of covering) {
    for (const [detectIndex, detect] of order.order.detect.entries()) {
      // What is missing, or one too many, is never dropped in silence: without a match the check ends unscannable.
      if (detect.kind === 'classifier') {
        if (!order.order.media.includes('image')) continue; // it looks at pictures alone
        const model = models.find(({ reference }) => reference === detect.model);
        const look = model && { manifestDigest: model.manifestDigest, minBucket: detect.minBucket };
        if (
          !look ||
          !looks.add(look, {
            order,
            detectIndex,
            detect,
            manifestDigest: model.manifestDigest,
            maySignal: model.maySignal,
          })
        )
          missing ??= 'model-missing';
        continue;
      }
      const list = lists.find(({ reference }) => reference === detect.list);
      const { maxDistance, minQuality, variants } = detect;
      const line = list && { fileDigest: list.fileDigest, media: order.order.media, maxDistance, minQuality, variants };
      if (
        !line ||
        !lines.add(line, { order, detectIndex, detect, manifestDigest: list.manifestDigest, maySignal: true })
      )
        missing = 'list-missing';
    }
  }
  return {
    surface,
    orders: covering,
    plan: { lists: lines.all, models: looks.all },
    sources: { lists: lines.asked, models: looks.asked },
    ...(missing && { missing }),
  };
}

/** Lines of a plan: those that are alike are one, with everybody who asked for it. */
class PlanBuilder<Line> {
  readonly #lines = new Map<string, { line: Line; asked: PlanSource[] }>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get all(): Line[] {
    return [...this.#lines.values()].map(({ line }) => line);
  }
  get asked(): PlanSource[][] {
    return [...this.#lines.values()].map(({ asked }) => asked);
  }

  /** False where there is no space for one more. */
  add(line: Line, asked: PlanSource): boolean {
    const key = JSON.stringify(line);
    const same = this.#lines.get(key);
    if (!same && this.#lines.size >= this.#most) return false;
    this.#lines.set(key, { line, asked: [...(same?.asked ?? []), asked] });
    return true;
  }
}

/** Whether content of this kind is looked at. */
export function appliesTo({ orders }: Inputs, { surface, media }: { surface: Surface; media?: Media }): boolean {
  return orders.some(
    ({ order }) => order.surfaces.includes(surface) && (media === undefined || order.media.includes(media)),
  );
}

/** The models that pictures on these surfaces are shown to. */
export function modelsFor(inputs: Inputs, surfaces: readonly Surface[]): Digest[] {
  const admissions = surfaces.map((surface) => planScan(inputs, surface));
  const models = admissions.flatMap((admission) => ('plan' in admission ? admission.plan.models : []));
  return [...new Set(models.map(({ manifestDigest }) => manifestDigest))];
}

/** What the host is told, and what the outbox takes. */
export function decide(verdict: Verdict, admission: ScanRequest): Decision {
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
  // Models look at pictures alone: of other content one that is missing would have said nothing.
  const { missing } = admission;
  if (missing && (missing !== 'model-missing' || media === 'image'))
    return { answer: unscannable(missing, relevant), matches: [] };
  return { answer: { outcome: 'clear', action: 'allow' }, matches: [] };
}

/** What the next try may find otherwise. */
const PASSING: readonly UnscannableReason[] = ['deadline', 'sandbox', 'limit', 'list-missing', 'model-missing'];

/** A check that gave no verdict. */
export function unscannable(reason: UnscannableReason, orders: readonly OrderInForce[]): Check {
  const retry = PASSING.includes(reason);
  return { outcome: 'unscannable', action: strictest(orders.map(({ order }) => order.onUnscannable)), reason, retry };
}

interface Hit {
  finding: Finding;
  asked: PlanSource;
}

function hitsOf(finding: Finding, { sources }: ScanRequest): Hit[] {
  const behind = finding.kind === 'known' ? sources.lists[finding.list] : sources.models[finding.model];
  return (behind ?? []).map((one) => ({ finding, asked: one }));
}

/** Of each order that asks for a signal on this surface, its best hit: the nearest on a list, else a model's highest bucket. */
function matchesOf(hits: readonly Hit[], surface: Surface, media: Media): Match[] {
  const best = new Map<Digest, Match>();
  for (const { finding, asked } of [...hits].sort((a, b) => rankOf(a.finding) - rankOf(b.finding))) {
    const { order, detectIndex, detect, manifestDigest, maySignal } = asked;
    const rule = detect.signal;
    if (!maySignal || !rule?.surfaces.some((asking) => asking === surface) || best.has(order.orderDigest)) continue;
    const what =
      finding.kind === 'known'
        ? ({ kind: 'match', entry: finding.entry, level: finding.distance } as const)
        : ({ kind: 'sensitive', entry: 0, level: finding.bucket } as const);
    best.set(order.orderDigest, {
      ...what,
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

/** Distances come before buckets, and high buckets before low ones. */
function rankOf(finding: Finding): number {
  return finding.kind === 'known' ? finding.distance : 1_000 - finding.bucket;
}

function strictest(actions: readonly Action[]): Action {
  return actions.reduce(
    (worst, action) => (ACTIONS.indexOf(action) > ACTIONS.indexOf(worst) ? action : worst),
    'allow',
  );
}
