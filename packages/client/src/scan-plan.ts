/**
 * Orders in force × surface → what the sandbox must look for, and which order requires each part of it.
 * Flow: check → here → sandbox. Promise: an input that is missing, or that exceeds the plan's limits, is recorded and never
 * dropped silently. Pure. Spec: docs/design/contracts.md#scan-plan
 */
import {
  type Detect,
  type DetectClassifier,
  type DetectKnown,
  type ManifestDigest,
  LIMITS,
  type Media,
  type PlanList,
  type PlanModel,
  type ScanPlan,
  type Surface,
} from '@lodestone/protocol';
import type { Inputs, OrderInForce } from './inputs.ts';

/** The detect item of an order that a line of the plan serves. */
export interface PlanSource {
  order: OrderInForce;
  detectIndex: number;
  detect: Detect;
  manifestDigest: ManifestDigest;
  maySignal: boolean;
}

export interface ScanRequest {
  surface: Surface;
  /** The orders that apply to the surface. */
  orders: readonly OrderInForce[];
  plan: ScanPlan;
  /** The sources of each list and each model of the plan, by its index. */
  sources: Record<keyof ScanPlan, readonly (readonly PlanSource[])[]>;
  /** An order names an input that is not available: without a match, the check ends unscannable. */
  missing?: 'list-missing' | 'model-missing';
}

export interface NotScanned {
  skipped: 'no-order' | 'not-covered' | 'orders-unknown';
}

export function planScan(inputs: Inputs, surface: Surface): ScanRequest | NotScanned {
  const covers = ({ order }: OrderInForce): boolean => order.surfaces.includes(surface);
  const orders = inputs.orders.filter(covers);
  if (orders.length === 0) {
    if (inputs.unknown.some(covers)) return { skipped: 'orders-unknown' };
    return { skipped: inputs.orders.length === 0 && inputs.unknown.length === 0 ? 'no-order' : 'not-covered' };
  }

  const builder = new PlanBuilder(inputs);
  for (const order of orders) {
    for (const [detectIndex, detect] of order.order.detect.entries()) builder.add(order, detectIndex, detect);
  }
  return { surface, orders, ...builder.build() };
}

/** Whether an order in force, or one whose state is unknown, applies to content of this kind. */
export function appliesTo(
  { orders, unknown }: Inputs,
  { surface, media }: { surface: Surface; media?: Media },
): boolean {
  return [...orders, ...unknown].some(
    ({ order }) => order.surfaces.includes(surface) && (media === undefined || order.media.includes(media)),
  );
}

/** The models that pictures on these surfaces are classified with, by the digest of their manifest. */
export function modelsFor(inputs: Inputs, surfaces: readonly Surface[]): ManifestDigest[] {
  const requests = surfaces.map((surface) => planScan(inputs, surface));
  const models = requests.flatMap((request) => ('plan' in request ? request.plan.models : []));
  return [...new Set(models.map(({ manifestDigest }) => manifestDigest))];
}

class PlanBuilder {
  readonly #inputs: Inputs;
  readonly #lists = new PlanLines<PlanList>(LIMITS.planLists);
  readonly #models = new PlanLines<PlanModel>(LIMITS.planModels);
  #missing: ScanRequest['missing'];

  constructor(inputs: Inputs) {
    this.#inputs = inputs;
  }

  add(order: OrderInForce, detectIndex: number, detect: Detect): void {
    if (detect.kind === 'known') this.#addList(order, detectIndex, detect);
    else this.#addModel(order, detectIndex, detect);
  }

  build(): Pick<ScanRequest, 'plan' | 'sources' | 'missing'> {
    return {
      plan: { lists: this.#lists.lines, models: this.#models.lines },
      sources: { lists: this.#lists.sources, models: this.#models.sources },
      ...(this.#missing && { missing: this.#missing }),
    };
  }

  #addList(order: OrderInForce, detectIndex: number, detect: DetectKnown): void {
    const list = this.#inputs.lists.find(({ reference }) => reference === detect.list);
    const { maxDistance, minQuality, variants } = detect;
    const isAdded =
      list &&
      detect.alsoBy.every((name) => list.signedBy.includes(name)) &&
      this.#lists.add(
        { fileDigest: list.fileDigest, media: order.order.media, maxDistance, minQuality, variants },
        { order, detectIndex, detect, manifestDigest: list.manifestDigest, maySignal: true },
      );
    if (!isAdded) this.#missing = 'list-missing';
  }

  #addModel(order: OrderInForce, detectIndex: number, detect: DetectClassifier): void {
    if (!order.order.media.includes('image')) return; // models classify pictures only
    const model = this.#inputs.models.find(({ reference }) => reference === detect.model);
    const isAdded =
      model &&
      this.#models.add(
        { manifestDigest: model.manifestDigest, minBucket: detect.minBucket },
        { order, detectIndex, detect, manifestDigest: model.manifestDigest, maySignal: model.maySignal },
      );
    if (!isAdded) this.#missing ??= 'model-missing';
  }
}

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

  /** Returns false when the plan is full. */
  add(line: Line, source: PlanSource): boolean {
    const key = JSON.stringify(line);
    const same = this.#byContent.get(key);
    if (!same && this.#byContent.size >= this.#limit) return false;
    this.#byContent.set(key, { line, sources: [...(same?.sources ?? []), source] });
    return true;
  }
}
