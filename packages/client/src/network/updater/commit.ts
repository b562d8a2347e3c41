/**
 * Stores what a round has accepted of one source, and deletes what nothing requires any more.
 * Flow: round → here → storage. Promise: each source commits for itself; only the newest round writes; what changed while
 * the round ran is kept. Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import type { Digest, Instant, OrderDigest, TargetReference } from '@lodestone/protocol';
import {
  type StoredKeys,
  type StoredModel,
  type StoredOrder,
  type StoredRelease,
  type StoredSuppression,
  type StoredWanted,
  UPDATER_KEY,
} from '../storage/records.ts';
import type { Storage, Transaction } from '../storage/transaction.ts';
import { deleteFiles } from '../transfer/stored-file.ts';
import { enter } from './fence.ts';
import type { FetchedManifest } from './fetch-targets.ts';
import { requiredKeys, requiredLists, requiredModels } from './requirements.ts';

export interface SourceResult {
  name: string;
  refreshed: Instant;
  orders: readonly StoredOrder[];
  /** Every order that the source lists was received. */
  isComplete: boolean;
}

/** Returns the orders that were in force and that the source has withdrawn. @throws {Superseded} */
export function commitSource(storage: Storage, round: number, result: SourceResult): Promise<OrderDigest[]> {
  return storage.transact(['updater', 'sources', 'orders'], async (tx) => {
    await enter(tx, round);
    const source = await tx.get('sources', result.name);
    if (source) {
      const hasAnswered = source.hasAnswered || result.isComplete;
      await tx.put('sources', result.name, { ...source, refreshed: result.refreshed, hasAnswered });
    }
    return replaceOrders(tx, result);
  });
}

async function replaceOrders(tx: Transaction<'orders'>, { name, orders }: SourceResult): Promise<OrderDigest[]> {
  const withdrawn: OrderDigest[] = [];
  const kept = new Set<string>(orders.map(({ orderDigest }) => orderDigest));
  for (const [key, stored] of await tx.all('orders')) {
    if (stored.source !== name || kept.has(stored.orderDigest)) continue;
    await tx.delete('orders', key);
    if (stored.noted === 'in-force') withdrawn.push(stored.orderDigest);
  }
  for (const order of orders)
    await tx.put('orders', order.orderDigest, mergeOrder(order, await tx.get('orders', order.orderDigest)));
  return withdrawn;
}

/**
 * Keeps changes that were written to an order's record while the round ran: the host may have acknowledged the order,
 * and its beginning or end may have been noted.
 */
export function mergeOrder(fetched: StoredOrder, current: StoredOrder | undefined): StoredOrder {
  if (!current) return fetched;
  const { supersededBy: _, ...meanwhile } = current;
  const { signers, supersededBy } = fetched;
  return { ...meanwhile, signers, ...(supersededBy && { supersededBy }) };
}

/** Ends the time in which the storage is new, once every configured source has answered. @throws {Superseded} */
export function commitFirstContact(storage: Storage, round: number, configured: readonly string[]): Promise<void> {
  return storage.transact(['updater', 'sources'], async (tx) => {
    await enter(tx, round);
    const updater = await tx.get('updater', UPDATER_KEY);
    if (!updater?.isNew) return;
    const answered = new Set((await tx.all('sources')).flatMap(([name, one]) => (one.hasAnswered ? String(name) : [])));
    if (configured.every((name) => answered.has(name)))
      await tx.put('updater', UPDATER_KEY, { ...updater, isNew: false });
  });
}

/**
 * A new manifest becomes wanted. One that is in use is written again, because other authorities may have signed it since.
 * @throws {Superseded}
 */
export function commitManifest(
  storage: Storage,
  round: number,
  store: 'releases' | 'models',
  { stored, isNew }: FetchedManifest<StoredRelease> | FetchedManifest<StoredModel>,
): Promise<void> {
  const { reference, manifestDigest, signedBy } = stored;
  return storage.transact(['updater', store, 'wanted'], async (tx) => {
    await enter(tx, round);
    if (isNew) return tx.put('wanted', reference, wantedFrom(stored));
    await tx.delete('wanted', reference);
    const current = await tx.get(store, reference);
    if (current?.manifestDigest === manifestDigest) await tx.put(store, reference, { ...current, signedBy });
  });
}

function wantedFrom(stored: StoredRelease | StoredModel): StoredWanted {
  return 'runtime' in stored.manifest
    ? { kind: 'model', ...(stored as StoredModel) }
    : { kind: 'list', ...(stored as StoredRelease) };
}

/** @throws {Superseded} */
export function commitSuppression(
  storage: Storage,
  round: number,
  reference: TargetReference,
  suppression: StoredSuppression | undefined,
): Promise<void> {
  return storage.transact(['updater', 'suppressions'], async (tx) => {
    await enter(tx, round);
    if (suppression) await tx.put('suppressions', reference, suppression);
    else await tx.delete('suppressions', reference);
  });
}

/** @throws {Superseded} */
export function commitKeys(storage: Storage, round: number, keys: StoredKeys): Promise<void> {
  return storage.transact(['updater', 'keys'], async (tx) => {
    await enter(tx, round);
    await tx.put('keys', keys.reference, keys);
  });
}

const REQUIRED = ['releases', 'suppressions', 'models', 'wanted', 'keys'] as const;

/**
 * Deletes lists, models, keys and files that no stored order requires. An order that has ended requires nothing; one whose
 * state is unknown still does. @throws {Superseded}
 */
export function prune(storage: Storage, round: number, hasEnded: (stored: StoredOrder) => boolean): Promise<void> {
  return storage.transact(['updater', 'orders', 'files', 'file-parts', ...REQUIRED], async (tx) => {
    await enter(tx, round);
    const stored = (await tx.all('orders')).map(([, order]) => order);
    const orders = stored.filter((order) => !hasEnded(order)).map(({ order }) => order);
    const required = new Set<TargetReference>([
      ...requiredLists(orders).keys(),
      ...requiredModels(orders).keys(),
      ...requiredKeys(orders),
    ]);
    for (const store of REQUIRED)
      for (const key of await tx.keys(store)) if (!required.has(key as TargetReference)) await tx.delete(store, key);
    await deleteUnusedFiles(tx);
  });
}

/** Deletes files, complete or not, that no stored list or model needs and no transfer must bring. */
export async function deleteUnusedFiles(
  tx: Transaction<'releases' | 'models' | 'wanted' | 'files' | 'file-parts'>,
): Promise<void> {
  const inUse = await filesInUse(tx);
  await deleteFiles(tx, (digest) => !inUse.has(digest));
}

async function filesInUse(tx: Transaction<'releases' | 'models' | 'wanted'>): Promise<Set<string>> {
  const files = new Set<Digest>();
  for (const [, { manifest }] of [
    ...(await tx.all('releases')),
    ...(await tx.all('models')),
    ...(await tx.all('wanted')),
  ]) {
    files.add(manifest.file.sha256);
    if ('runtime' in manifest) files.add(manifest.runtime.sha256);
  }
  return files;
}
