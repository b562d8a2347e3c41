/**
 * Orders in force × surface → what the sandbox must look for, and which order requires each part of it.
 * Flow: check → here → sandbox. Promise: an input that is missing, or that exceeds the plan's limits, is recorded and never
 * dropped silently. Pure. Spec: docs/design/contracts.md#scan-plan
 */
import {
  type Action,
  type ConfirmRule,
  type Detect,
  type DetectClassifier,
  type DetectKnown,
  type KnownSignalRule,
  type ManifestDigest,
  LIMITS,
  type MatchEvidence,
  type Media,
  type PlanList,
  type PlanModel,
  type ScanPlan,
  type SignalRule,
  type Surface,
} from '@lodestone/protocol';
import { canSignal, confirmingModel, type Inputs, listFor, type ListInForce, type OrderInForce } from './inputs.ts';

/** The detect item of an order that a line of the plan serves. */
export interface PlanSource {
  order: OrderInForce;
  detectIndex: number;
  action: Action;
  manifestDigest: ManifestDigest;
  /** How many different entries the list has; 0 for a model. */
  entriesInList: number;
  /** What the item may signal on this surface. Missing: nothing. */
  signal?: SignalTerms;
}

export interface SignalTerms {
  rule: SignalRule;
  /** Sufficient evidence. */
  evidence: readonly (MatchEvidence | 'classifier')[];
  /** The line of the plan whose model confirms a near match. Missing: no model in force may do so. */
  confirm?: { model: number; manifestDigest: ManifestDigest };
}

export interface ScanRequest {
  surface: Surface;
  /** The orders that apply to the surface. */
  orders: readonly OrderInForce[];
  plan: ScanPlan;
  /** The sources of each list and each model of the plan, by its index. A model that only confirms near matches has none. */
  sources: Record<keyof ScanPlan, readonly (readonly PlanSource[])[]>;
  /** An order names an input that is not available: without a match, the check ends unscannable. */
  missing?: 'list-missing' | 'model-missing';
}

/**
 * Why content was not scanned. `inputs-missing`: an order covers it, and is not in force, because a list or model that it names
 * has never arrived: `status.orders` names it, `status.problems` says why. `unsupported`: the browser lacks a feature.
 */
export type SkipReason = 'no-order' | 'not-covered' | 'inputs-missing' | 'orders-unknown' | 'unsupported';

export interface NotScanned {
  skipped: Exclude<SkipReason, 'unsupported'>;
}

export function planScan(inputs: Inputs, surface: Surface): ScanRequest | NotScanned {
  const covers = ({ order }: OrderInForce): boolean => order.surfaces.includes(surface);
  const orders = inputs.orders.filter(covers);
  if (orders.length === 0) {
    if (inputs.isUnheard || inputs.unknown.some(covers)) return { skipped: 'orders-unknown' };
    if (inputs.coming.some(covers)) return { skipped: 'inputs-missing' };
    const known = [...inputs.orders, ...inputs.unknown, ...inputs.coming];
    return { skipped: known.length === 0 ? 'no-order' : 'not-covered' };
  }

  const builder = new PlanBuilder(inputs, surface);
  for (const order of orders) {
    for (const [detectIndex, detect] of order.order.detect.entries()) builder.add(order, detectIndex, detect);
  }
  return { surface, orders, ...builder.build() };
}

/** Whether an order in force, or one that is not known, applies to content of this kind. */
export function appliesTo(
  { orders, unknown, isUnheard }: Inputs,
  { surface, media }: { surface: Surface; media?: Media },
): boolean {
  return (
    isUnheard ||
    [...orders, ...unknown].some(
      ({ order }) => order.surfaces.includes(surface) && (media === undefined || order.media.includes(media)),
    )
  );
}

/** What the first start has brought so far. */
export interface FirstStart {
  /** Every source was asked once. */
  isRefreshed: boolean;
  /** The transfers of lists and models that followed have ended. */
  isSupplied: boolean;
}

/** Whether nothing applies to the surface now, and what the first start still brings may change that. */
export function isAwaited(inputs: Inputs, surface: Surface, { isRefreshed, isSupplied }: FirstStart): boolean {
  const covers = ({ order }: OrderInForce): boolean => order.surfaces.includes(surface);
  if (inputs.orders.some(covers)) return false;
  return (inputs.isUnheard && !isRefreshed) || (inputs.coming.some(covers) && !isSupplied);
}

/** The models that pictures on these surfaces are classified with, by the digest of their manifest. */
export function modelsFor(inputs: Inputs, surfaces: readonly Surface[]): ManifestDigest[] {
  const models = plansFor(inputs, surfaces).flatMap((plan) => plan.models);
  return [...new Set(models.map(({ manifestDigest }) => manifestDigest))];
}

export function plansFor(inputs: Inputs, surfaces: readonly Surface[]): ScanPlan[] {
  const requests = surfaces.map((surface) => planScan(inputs, surface));
  return requests.flatMap((request) => ('plan' in request ? [request.plan] : []));
}

class PlanBuilder {
  readonly #inputs: Inputs;
  readonly #surface: Surface;
  readonly #lists = new PlanLines<PlanList>(LIMITS.planLists);
  readonly #models = new PlanLines<PlanModel>(LIMITS.planModels);
  readonly #confirmed: { terms: SignalTerms; confirm: ConfirmRule }[] = [];
  #missing: ScanRequest['missing'];

  constructor(inputs: Inputs, surface: Surface) {
    this.#inputs = inputs;
    this.#surface = surface;
  }

  add(order: OrderInForce, detectIndex: number, detect: Detect): void {
    if (detect.kind === 'known') this.#addList(order, detectIndex, detect);
    else this.#addModel(order, detectIndex, detect);
  }

  build(): Pick<ScanRequest, 'plan' | 'sources' | 'missing'> {
    for (const { terms, confirm } of this.#confirmed) this.#addConfirming(terms, confirm);
    return {
      plan: { lists: this.#lists.lines, models: this.#models.lines },
      sources: { lists: this.#lists.sources, models: this.#models.sources },
      ...(this.#missing && { missing: this.#missing }),
    };
  }

  #addList(order: OrderInForce, detectIndex: number, detect: DetectKnown): void {
    const {
      kind: _,
      list: reference,
      purpose,
      alsoBy,
      maxDistance,
      minQuality,
      variants,
      action,
      signal,
      ...rest
    } = detect;
    rest satisfies NoFieldLeft;
    const { media } = order.order;
    const list = listFor({ list: reference, purpose, alsoBy }, this.#inputs.lists);
    const line =
      list &&
      this.#lists.add(
        { fileDigest: list.fileDigest, form: list.form, media, maxDistance, minQuality, variants },
        {
          order,
          detectIndex,
          action,
          manifestDigest: list.manifestDigest,
          entriesInList: list.entries,
          ...this.#signalOf(signal, list),
        },
      );
    if (line === undefined) this.#missing = 'list-missing';
  }

  #signalOf(rule: KnownSignalRule | undefined, { purpose }: ListInForce): Pick<PlanSource, 'signal'> {
    if (purpose !== 'verified' || !rule || !this.#isSignalled(rule)) return {};
    const signal: SignalTerms = { rule, evidence: rule.evidence };
    if (rule.confirm) this.#confirmed.push({ terms: signal, confirm: rule.confirm });
    return { signal };
  }

  #addModel(order: OrderInForce, detectIndex: number, detect: DetectClassifier): void {
    const { kind: _, model: reference, minBucket, action, signal: rule, ...rest } = detect;
    rest satisfies NoFieldLeft;
    if (!order.order.media.includes('image')) return; // models classify pictures only
    const model = this.#inputs.models.find((one) => one.reference === reference);
    const maySignal = rule && canSignal(order.order, detect, this.#inputs.models) && this.#isSignalled(rule);
    const signal = maySignal && { rule, evidence: ['classifier'] as const };
    const line =
      model &&
      this.#models.add(
        { manifestDigest: model.manifestDigest, minBucket },
        {
          order,
          detectIndex,
          action,
          manifestDigest: model.manifestDigest,
          entriesInList: 0,
          ...(signal && { signal }),
        },
      );
    if (line === undefined) this.#missing ??= 'model-missing';
  }

  /**
   * The model runs for every picture, not only after a near match: the time of an answer must not show that there was one.
   * Without it a near match has its action and no signal, so nothing is missing from the scan; `policy` names the order.
   */
  #addConfirming(terms: SignalTerms, { model: reference, manifestDigest, minBucket, ...rest }: ConfirmRule): void {
    rest satisfies NoFieldLeft;
    const pinned = confirmingModel({ model: reference, manifestDigest }, this.#inputs.models);
    const model = pinned && this.#models.add({ manifestDigest, minBucket });
    if (model !== undefined) terms.confirm = { model, manifestDigest };
  }

  #isSignalled({ surfaces }: SignalRule): boolean {
    return surfaces.some((surface) => surface === this.#surface);
  }
}

/** Each field of a detect item is read: a new field does not compile until the plan reads it. */
type NoFieldLeft = Record<string, never>;

/** Equal lines of a plan become one, with the sources of each. */
class PlanLines<Line> {
  readonly #byContent = new Map<string, { line: Line; sources: PlanSource[] }>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get lines(): Line[] {
    return [...this.#byContent.values()].map(({ line }) => line);
  }
  get sources(): PlanSource[][] {
    return [...this.#byContent.values()].map(({ sources }) => sources);
  }

  /** Returns the index of the line, or undefined when the plan is full. */
  add(line: Line, source?: PlanSource): number | undefined {
    const key = JSON.stringify(line);
    const same = this.#byContent.get(key);
    if (!same && this.#byContent.size >= this.#limit) return undefined;
    this.#byContent.set(key, { line, sources: [...(same?.sources ?? []), ...(source ? [source] : [])] });
    return [...this.#byContent.keys()].indexOf(key);
  }
}
