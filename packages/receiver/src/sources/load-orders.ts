/** The orders and manifests of the database, as ingest holds signals against them. */
import type { Digest } from '@lodestone/protocol/digest';
import type { TargetReference } from '@lodestone/protocol/paths';
import { parseOrder } from '@lodestone/protocol/order';
import type { Database } from '../db/schema.ts';
import type { Known, KnownOrder } from '../orders.ts';

export async function readKnown(db: Database): Promise<Known> {
  const orders = new Map<Digest, KnownOrder>();
  for (const { document, digest, ...row } of await db.selectFrom('orders').selectAll().execute()) {
    orders.set(digest, { ...row, orderDigest: digest, order: parseOrder(document) });
  }
  const manifests = new Map<Digest, Set<TargetReference>>();
  for (const { digest, reference } of await db.selectFrom('manifests').select(['digest', 'reference']).execute()) {
    const references = manifests.get(digest) ?? new Set();
    manifests.set(digest, references.add(reference));
  }
  return { orders, manifests };
}
