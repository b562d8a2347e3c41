/** Loads the orders and manifests that signals are checked against. Flow: database → here → ingest/check. Spec: docs/design/receiver.md#sources. */
import type { OrderDigest, ManifestDigest } from '@lodestone/protocol/digest';
import { parseOrder } from '@lodestone/protocol/order';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { Database } from '../db/schema.ts';
import type { LoadedOrder, LoadedOrders } from '../match-detect-item.ts';

export async function loadOrders(db: Database): Promise<LoadedOrders> {
  const orders = new Map<OrderDigest, LoadedOrder>();
  for (const { document, ...row } of await db.selectFrom('orders').selectAll().execute()) {
    orders.set(row.orderDigest, { ...row, order: parseOrder(document) });
  }
  const manifests = new Map<ManifestDigest, Set<TargetReference>>();
  const rows = await db.selectFrom('manifests').select(['manifestDigest', 'reference']).execute();
  for (const { manifestDigest, reference } of rows) {
    const references = manifests.get(manifestDigest) ?? new Set();
    manifests.set(manifestDigest, references.add(reference));
  }
  return { orders, manifests };
}
