/**
 * One refresh round, as named steps: sources → orders → lists, models and keys → commit. A refused part leaves the
 * previous state in place.
 * Flow: updater → here → source, fetch-orders, fetch-targets, commit. Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import {
  type DetectionOrder,
  type ManifestDigest,
  LodestoneError,
  type ReceiverKeys,
  type TargetReference,
} from '@lodestone/protocol';
import type { Egress } from '../egress.ts';
import type { StoredModel, StoredOrder, StoredRelease } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { commit } from './commit.ts';
import { fetchOrders, type SourceOrders } from './fetch-orders.ts';
import { fetchKeys, fetchModel, fetchRelease, type TargetContext } from './fetch-targets.ts';
import { type Accepted, orderStateAt } from './in-force.ts';
import { requiredKeys, requiredLists, requiredModels } from './requirements.ts';
import { refreshSource, type SourceConfig, type TrustedSource, typedError } from './source.ts';

export interface RoundContext {
  sources: readonly SourceConfig[];
  endpoint: string;
  storage: Storage;
  egress: Egress;
  now: () => number;
  accepted: Accepted;
}

/** The report of a round. The accepted inputs are in storage. */
export interface RoundReport {
  /** By source name: why the refresh failed, or an order was refused. */
  sourceErrors: ReadonlyMap<string, LodestoneError>;
  /** Why a list, a model or keys were refused, or may not be used as an order requires. */
  targetErrors: ReadonlyMap<TargetReference, LodestoneError>;
  /** Manifest digests of the lists and models that this round accepted for the first time. */
  newReleases: readonly ManifestDigest[];
}

/** @throws if storage fails. Errors of sources and targets are in the report. */
export async function runRound(context: RoundContext): Promise<RoundReport> {
  const sources = await Promise.all(context.sources.map((config) => refreshSource(config, context)));
  const ordersBySource = await Promise.all(sources.map((source) => fetchOrders(source, context)));
  const orders = ordersBySource.flatMap((one) => one.orders);

  const requiring = notEnded(orders, context);
  const targets: TargetContext = { ...context, sources, files: new Map() };
  const lists = await fetchLists(requiring, context.accepted, targets);
  const models = await fetchModels(requiring, context.accepted, targets);
  const keys = await fetchAllKeys(requiring, targets);

  await commit(context.storage, {
    sources,
    orders,
    releases: valuesOf(lists),
    models: valuesOf(models),
    keys: new Map(keys.flatMap(({ reference, value }) => (value ? [[reference, value]] : []))),
    files: targets.files,
  });
  return {
    sourceErrors: sourceErrors(sources, ordersBySource),
    targetErrors: new Map(
      [...lists, ...models, ...keys].flatMap(({ reference, error }) => (error ? [[reference, error]] : [])),
    ),
    newReleases: [...lists, ...models].flatMap(({ value, isNew }) => (value && isNew ? value.manifestDigest : [])),
  };
}

/** A target after the round. */
interface Fetched<T> {
  reference: TargetReference;
  /** Accepted now: new, or kept from before. */
  value: T | undefined;
  isNew: boolean;
  error?: LodestoneError;
}

/** If loading fails, the previous value is kept. */
async function fetchOrKeep<T>(
  reference: TargetReference,
  before: T | undefined,
  load: () => Promise<T>,
): Promise<Fetched<T>> {
  try {
    const value = await load();
    return { reference, value, isNew: value !== before };
  } catch (cause) {
    return { reference, value: before, isNew: false, error: typedError(cause, reference) };
  }
}

function notEnded(orders: readonly StoredOrder[], { accepted, now }: RoundContext): DetectionOrder[] {
  const time = now();
  return orders
    .filter((stored) => orderStateAt(stored, { ...accepted, orders }, time) !== 'ended')
    .map(({ order }) => order);
}

async function fetchLists(
  orders: readonly DetectionOrder[],
  { releases }: Accepted,
  context: TargetContext,
): Promise<Fetched<StoredRelease>[]> {
  const fetched: Fetched<StoredRelease>[] = [];
  for (const [reference, alsoBy] of requiredLists(orders)) {
    const before = releases.find((release) => release.reference === reference);
    fetched.push(await fetchOrKeep(reference, before, () => fetchRelease(reference, alsoBy, before, context)));
  }
  return fetched;
}

async function fetchModels(
  orders: readonly DetectionOrder[],
  { models }: Accepted,
  context: TargetContext,
): Promise<Fetched<StoredModel>[]> {
  const fetched: Fetched<StoredModel>[] = [];
  for (const [reference, { signals }] of requiredModels(orders)) {
    const before = models.find((model) => model.reference === reference);
    const model = await fetchOrKeep(reference, before, () => fetchModel(reference, before, context));
    const hasNoFigures = model.value?.manifest.figures.length === 0;
    fetched.push(signals && hasNoFigures && !model.error ? { ...model, error: noFigures(reference) } : model);
  }
  return fetched;
}

/** Keys are small, so every round fetches them. */
async function fetchAllKeys(
  orders: readonly DetectionOrder[],
  context: TargetContext,
): Promise<Fetched<ReceiverKeys>[]> {
  const fetched: Fetched<ReceiverKeys>[] = [];
  for (const reference of requiredKeys(orders)) {
    const before = await context.storage.transact(['keys'], (tx) => tx.get('keys', reference));
    fetched.push(await fetchOrKeep(reference, before, () => fetchKeys(reference, context)));
  }
  return fetched;
}

function valuesOf<T>(fetched: readonly Fetched<T>[]): T[] {
  return fetched.flatMap(({ value }) => value ?? []);
}

/** The error of the refresh, or else of an order. */
function sourceErrors(
  sources: readonly TrustedSource[],
  ordersBySource: readonly SourceOrders[],
): Map<string, LodestoneError> {
  return new Map(
    sources.flatMap(({ config, error }, i) => {
      const first = error ?? ordersBySource[i]?.error;
      return first ? [[config.name, first]] : [];
    }),
  );
}

function noFigures(reference: TargetReference): LodestoneError {
  return new LodestoneError(
    'ERR_MODEL',
    `${reference}: an order signals on its findings, but its model card has no accuracy figures by group. ` +
      'The model never triggers a signal',
  );
}
