/** Loads what signals are checked against: orders, manifests, and the entries of lists. Flow: database → here → ingest/check. Spec: docs/design/receiver.md#sources. */
import type { ManifestDigest, OrderDigest } from '@lodestone/protocol/digest';
import { parseOrder } from '@lodestone/protocol/order';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { Database } from '../db/schema.ts';
import type { LoadedOrder, LoadedOrders } from '../match-detect-item.ts';
import { type EntryIndex, parseShard, type Shard } from './entry-index.ts';

export async function loadOrders(db: Database): Promise<LoadedOrders> {
  const orders = new Map<OrderDigest, LoadedOrder>();
  const rows = await db
    .selectFrom('orders')
    .leftJoin('lineages', (join) =>
      join.onRef('lineages.source', '=', 'orders.source').onRef('lineages.orderId', '=', 'orders.orderId'),
    )
    .selectAll('orders')
    .select('endsAt')
    .execute();
  // Without a row, the lineage is new: storeLineages decides next.
  for (const { document, endsAt, ...row } of rows)
    orders.set(row.orderDigest, { ...row, order: parseOrder(document), endsAt: endsAt ?? Number.MAX_SAFE_INTEGER });
  return { orders, manifests: await loadManifests(db) };
}

async function loadManifests(db: Database): Promise<LoadedOrders['manifests']> {
  const manifests = new Map<ManifestDigest, Map<TargetReference, number | null>>();
  const rows = await db.selectFrom('manifests').select(['manifestDigest', 'reference', 'version']).execute();
  for (const { manifestDigest, reference, version } of rows) {
    const references = manifests.get(manifestDigest) ?? new Map<TargetReference, number | null>();
    manifests.set(manifestDigest, references.set(reference, version));
  }
  return manifests;
}

/** Entries of each list, with the version up to which they are indexed. */
export type LoadedEntries = ReadonlyMap<TargetReference, { version: number; index: EntryIndex }>;

/** Loads the lists that changed since `before`. */
export async function loadEntries(db: Database, before: LoadedEntries): Promise<LoadedEntries> {
  const loaded = new Map<TargetReference, { version: number; index: EntryIndex }>();
  for (const { reference, version } of await db.selectFrom('listIndexes').selectAll().execute()) {
    const known = before.get(reference);
    const index = known?.version === version ? known.index : await loadIndex(db, reference);
    loaded.set(reference, { version, index });
  }
  return loaded;
}

/** One shard after the other, so that no query is long. */
async function loadIndex(db: Database, reference: TargetReference): Promise<EntryIndex> {
  const index = new Map<number, Shard>();
  const rows = await db.selectFrom('listShards').select('shard').where('reference', '=', reference).execute();
  for (const { shard } of rows) {
    const { data } = await db
      .selectFrom('listShards')
      .select('data')
      .where('reference', '=', reference)
      .where('shard', '=', shard)
      .executeTakeFirstOrThrow();
    index.set(shard, parseShard(data));
  }
  return index;
}
