/**
 * Completes stored signals whose manifest was not known when they arrived: once a refresh has found the manifest, each
 * gets the list's reference and the rule of its own detect item. Flow: refresh → here → signals.
 * Spec: docs/design/receiver.md#sources.
 */
import type { ManifestDigest } from '@lodestone/protocol/digest';
import type { Database } from '../db/schema.ts';
import { type LoadedOrder, type LoadedOrders, type ManifestReferences, matchDetectItem } from '../match-detect-item.ts';

export async function backfillReferences(db: Database, { orders, manifests }: LoadedOrders): Promise<void> {
  const byNo = new Map<number, LoadedOrder>([...orders.values()].map((order) => [order.orderNo, order]));
  const incomplete = await db
    .selectFrom('signals')
    .select('manifestDigest')
    .distinct()
    .where('reference', 'is', null)
    .execute();
  for (const { manifestDigest } of incomplete) {
    if (manifests.has(manifestDigest)) await backfillManifest(db, manifestDigest, byNo, manifests);
  }
}

async function backfillManifest(
  db: Database,
  manifestDigest: ManifestDigest,
  orders: ReadonlyMap<number, LoadedOrder>,
  manifests: ManifestReferences,
): Promise<void> {
  const rows = await db
    .selectFrom('signals')
    .selectAll()
    .where('reference', 'is', null)
    .where('manifestDigest', '=', manifestDigest)
    .execute();
  for (const row of rows) {
    const order = orders.get(row.orderNo);
    const item = order && matchDetectItem(row, order, manifests);
    if (!item) continue;
    const { reference, countingWindowStart, threshold } = item;
    await db
      .updateTable('signals')
      .set({ reference, countingWindowStart, threshold })
      .where('signalId', '=', row.signalId)
      .execute();
  }
}
