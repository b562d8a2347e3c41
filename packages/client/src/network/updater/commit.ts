/**
 * Stores the result of a round in one transaction: metadata of sources, orders, lists, models, keys and files. Records
 * that are not in the result are deleted.
 * Flow: refresh → here → storage. Promise: a list and the trust in its source change together or not at all.
 * Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import type { Digest, ReceiverKeys, TargetReference } from '@lodestone/protocol';
import type { Records, StoredModel, StoredOrder, StoredRelease } from '../storage/records.ts';
import type { Storage, Transaction } from '../storage/transaction.ts';
import type { TrustedSource } from './source.ts';

/** Everything that is accepted after the round, new or kept. */
export interface RoundResult {
  sources: readonly TrustedSource[];
  orders: readonly StoredOrder[];
  releases: readonly StoredRelease[];
  models: readonly StoredModel[];
  keys: ReadonlyMap<TargetReference, ReceiverKeys>;
  /** Files that the round fetched, by digest. */
  files: ReadonlyMap<Digest, ArrayBuffer>;
}

const STORES = ['sources', 'orders', 'releases', 'models', 'keys', 'files'] as const;
type RoundTransaction = Transaction<(typeof STORES)[number]>;

export function commit(storage: Storage, result: RoundResult): Promise<void> {
  return storage.transact(STORES, async (tx) => {
    for (const { config, stored } of result.sources) if (stored) await tx.put('sources', config.name, stored);
    await replaceAll(tx, 'orders', await mergedOrders(tx, result.orders));
    await replaceAll(tx, 'releases', new Map(result.releases.map((release) => [release.reference, release])));
    await replaceAll(tx, 'models', new Map(result.models.map((model) => [model.reference, model])));
    await replaceAll(tx, 'keys', result.keys);
    await replaceFiles(tx, result.files, filesInUse(result));
  });
}

/**
 * Keeps changes that were written to an order's record while the round ran: the host may have acknowledged the order,
 * and its beginning or end may have been noted.
 */
export function mergeOrder(fetched: StoredOrder, current: StoredOrder | undefined): StoredOrder {
  if (!current) return fetched;
  const { effectiveFrom, endedAtVersion, noted } = current;
  return {
    ...fetched,
    effectiveFrom,
    ...(endedAtVersion !== undefined && { endedAtVersion }),
    ...(noted && { noted }),
  };
}

/** Digests of the files that the accepted lists and models need. */
export function filesInUse({ releases, models }: Pick<RoundResult, 'releases' | 'models'>): Set<Digest> {
  return new Set([
    ...releases.map(({ manifest }) => manifest.file.sha256),
    ...models.flatMap(({ manifest }) => [manifest.file.sha256, manifest.runtime.sha256]),
  ]);
}

async function mergedOrders(tx: RoundTransaction, orders: readonly StoredOrder[]): Promise<Map<string, StoredOrder>> {
  const merged = new Map<string, StoredOrder>();
  for (const order of orders)
    merged.set(order.orderDigest, mergeOrder(order, await tx.get('orders', order.orderDigest)));
  return merged;
}

async function replaceAll<N extends 'orders' | 'releases' | 'models' | 'keys'>(
  tx: RoundTransaction,
  store: N,
  records: ReadonlyMap<string, Records[N]>,
): Promise<void> {
  for (const [key] of await tx.all(store)) if (!records.has(String(key))) await tx.delete(store, key);
  for (const [key, record] of records) await tx.put(store, key, record);
}

async function replaceFiles(
  tx: RoundTransaction,
  fetched: ReadonlyMap<Digest, ArrayBuffer>,
  inUse: ReadonlySet<string>,
): Promise<void> {
  for (const [digest, file] of fetched) if (inUse.has(digest)) await tx.put('files', digest, file);
  for (const [digest] of await tx.all('files')) if (!inUse.has(String(digest))) await tx.delete('files', digest);
}
