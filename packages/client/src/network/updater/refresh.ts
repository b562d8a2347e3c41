/**
 * One round: sources → orders → lists, models and keys → one transaction. A part that is refused leaves what was in force before.
 * Flow: source → here → in-force. Promise: a list and the trust in its source change together or not at all.
 */
import {
  type DetectionOrder,
  type Digest,
  LodestoneError,
  parseOrder,
  parseTargetPath,
  type ReceiverKeys,
  type TargetFile,
  type TargetReference,
} from '@lodestone/protocol';
import { checkOrderPower } from '@lodestone/trust';
import type { Egress } from '../egress.ts';
import type { Records, StoredModel, StoredOrder, StoredRelease } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { type Accepted, effectiveFrom, orderStateAt } from './in-force.ts';
import { fetchKeys, fetchModel, fetchRelease, listsOf, modelsOf } from './fetch-targets.ts';
import { fetchTarget, refreshSource, type SourceConfig, type TrustedSource } from './source.ts';

export interface RoundContext {
  sources: readonly SourceConfig[];
  endpoint: string;
  storage: Storage;
  egress: Egress;
  now: () => number;
  accepted: Accepted;
}

/** What a round says of itself; what it brought is in the storage. */
export interface Round {
  sources: readonly TrustedSource[];
  /** Releases of lists and models that this round brought. */
  changed: readonly (StoredRelease | StoredModel)[];
  /** Why a list, a model or keys that an order names could not be had, or may not be used as it asks. */
  errors: ReadonlyMap<TargetReference, LodestoneError>;
}

export async function runRound(context: RoundContext): Promise<Round> {
  const { storage, now } = context;
  const sources = await Promise.all(context.sources.map((config) => refreshSource(config, context)));
  const orders = (await Promise.all(sources.map((source) => ordersOf(source, context)))).flat();
  const live = orders
    .filter((stored) => orderStateAt(stored, { ...context.accepted, orders }, now()) !== 'ended')
    .map(({ order }) => order);

  const errors = new Map<TargetReference, LodestoneError>();
  const attempt = async <T>(reference: TargetReference, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (cause) {
      errors.set(
        reference,
        cause instanceof LodestoneError ? cause : new LodestoneError('ERR_STORAGE', reference, { cause }),
      );
      return undefined;
    }
  };

  const files = new Map<Digest, ArrayBuffer>();
  const releases: StoredRelease[] = [];
  const changed: (StoredRelease | StoredModel)[] = [];
  for (const [reference, alsoBy] of listsOf(live)) {
    const before = context.accepted.releases.find((release) => release.reference === reference);
    const release = await attempt(reference, () => fetchRelease(reference, alsoBy, before, sources, context, files));
    const kept = release ?? before;
    if (kept) releases.push(kept);
    if (release && release !== before) changed.push(release);
  }

  const models: StoredModel[] = [];
  for (const [reference, { signals }] of modelsOf(live)) {
    const before = context.accepted.models.find((model) => model.reference === reference);
    const model = await attempt(reference, () => fetchModel(reference, before, sources, context, files));
    const kept = model ?? before;
    if (kept) models.push(kept);
    if (model && model !== before) changed.push(model);
    if (kept && signals && kept.manifest.figures.length === 0 && !errors.has(reference)) {
      const why = `${reference}: an order asks to signal by it, and its card has no figures by group; nothing is signalled by it`;
      errors.set(reference, new LodestoneError('ERR_MODEL', why));
    }
  }

  const keys = new Map<TargetReference, ReceiverKeys>();
  for (const reference of new Set(live.flatMap(({ receiver }) => receiver?.keys ?? []))) {
    const fetched = await attempt(reference, () => fetchKeys(reference, sources, context));
    const kept = fetched ?? (await storage.transact(['keys'], (tx) => tx.get('keys', reference)));
    if (kept) keys.set(reference, kept);
  }

  await commit(storage, { sources, orders, releases, models, keys, files });
  return { sources, changed, errors };
}

/** The orders that this source publishes now, and those that a still announced one will replace. */
async function ordersOf(source: TrustedSource, context: RoundContext): Promise<StoredOrder[]> {
  const { config, targets, isNew } = source;
  if (config.power === 'lists') return [];
  const before = context.accepted.orders.filter((stored) => stored.source === config.name);
  if (!targets) return before;
  const inForce = context.accepted.orders
    .filter((stored) => orderStateAt(stored, context.accepted, context.now()) === 'in-force')
    .map(({ order }) => order);
  const orders: StoredOrder[] = [];
  for (const file of targets.files.values()) {
    if (parseTargetPath(file.path)?.kind !== 'order') continue;
    const known = before.find(({ orderDigest }) => orderDigest === file.sha256);
    try {
      orders.push(known ? withoutSuccessor(known) : await fetchOrder(file, source, inForce, isNew, context));
    } catch (cause) {
      source.error ??=
        cause instanceof LodestoneError ? cause : new LodestoneError('ERR_STORAGE', file.path, { cause });
    }
  }
  for (const old of before) {
    const successor = orders.find(
      ({ order, orderDigest }) => order.id === old.order.id && orderDigest !== old.orderDigest,
    );
    const isGone = !orders.some(({ orderDigest }) => orderDigest === old.orderDigest);
    if (isGone && successor && context.now() < successor.effectiveFrom)
      orders.push({ ...old, supersededBy: successor.orderDigest });
  }
  return orders;
}

async function fetchOrder(
  file: TargetFile,
  source: TrustedSource,
  inForce: readonly DetectionOrder[],
  isNew: boolean,
  context: RoundContext,
): Promise<StoredOrder> {
  const order = parseOrder(await fetchTarget(source, file, 'order', context.egress));
  checkOrderPower(order, { power: source.config.power, endpoint: context.endpoint });
  return {
    orderDigest: file.sha256,
    source: source.config.name,
    order,
    effectiveFrom: effectiveFrom(order, inForce, isNew, context.now()),
  };
}

function withoutSuccessor({ supersededBy: _, ...stored }: StoredOrder): StoredOrder {
  return stored;
}

interface Brought {
  sources: readonly TrustedSource[];
  orders: readonly StoredOrder[];
  releases: readonly StoredRelease[];
  models: readonly StoredModel[];
  keys: ReadonlyMap<TargetReference, ReceiverKeys>;
  files: ReadonlyMap<Digest, ArrayBuffer>;
}

/** Trust and what it brought change in one step; files that no release needs any longer go with it. */
function commit(storage: Storage, { sources, orders, releases, models, keys, files }: Brought): Promise<void> {
  return storage.transact(['sources', 'orders', 'releases', 'models', 'keys', 'files'], async (tx) => {
    for (const { config, stored } of sources) if (stored) await tx.put('sources', config.name, stored);
    // What was acknowledged or noted while the round was under way stays so.
    const meanwhile = new Map((await tx.all('orders')).map(([digest, stored]) => [String(digest), stored]));
    await replaceAll(
      'orders',
      new Map(
        orders.map((stored) => [stored.orderDigest, { ...stored, ...sinceThen(meanwhile.get(stored.orderDigest)) }]),
      ),
    );
    await replaceAll('releases', new Map(releases.map((release) => [release.reference, release])));
    await replaceAll('models', new Map(models.map((model) => [model.reference, model])));
    await replaceAll('keys', keys);
    const needed = new Set<string>([
      ...releases.map(({ manifest }) => manifest.file.sha256),
      ...models.flatMap(({ manifest }) => [manifest.file.sha256, manifest.runtime.sha256]),
    ]);
    for (const [digest, file] of files) if (needed.has(digest)) await tx.put('files', digest, file);
    for (const [digest] of await tx.all('files')) if (!needed.has(String(digest))) await tx.delete('files', digest);

    async function replaceAll<N extends 'orders' | 'releases' | 'models' | 'keys'>(
      store: N,
      next: ReadonlyMap<string, Records[N]>,
    ): Promise<void> {
      for (const [key] of await tx.all(store)) if (!next.has(String(key))) await tx.delete(store, key);
      for (const [key, value] of next) await tx.put(store, key, value);
    }
  });
}

function sinceThen(stored: StoredOrder | undefined): Partial<StoredOrder> {
  if (!stored) return {};
  const { effectiveFrom: from, endedAtVersion, noted } = stored;
  return { effectiveFrom: from, ...(endedAtVersion !== undefined && { endedAtVersion }), ...(noted && { noted }) };
}
