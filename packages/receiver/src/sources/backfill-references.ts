/**
 * A device may match on a release that this receiver does not know yet. Such a signal is stored without the name of its
 * list, under the rule that stood in; once a round has brought the manifest, it gets its name and its own rule here.
 */
import type { Digest } from '@lodestone/protocol/digest';
import type { Database } from '../db/schema.ts';
import { type Known, type KnownOrder, placeOf } from '../orders.ts';

export async function placeSignals(db: Database, { orders, manifests }: Known): Promise<void> {
  const byNo = new Map<number, KnownOrder>([...orders.values()].map((order) => [order.no, order]));
  const waiting = await db.selectFrom('signals').select('manifest').distinct().where('reference', 'is', null).execute();
  for (const { manifest } of waiting) {
    if (manifests.has(manifest)) await placeAll(db, manifest, byNo, manifests);
  }
}

async function placeAll(
  db: Database,
  manifest: Digest,
  orders: ReadonlyMap<number, KnownOrder>,
  manifests: Known['manifests'],
): Promise<void> {
  const rows = await db
    .selectFrom('signals')
    .selectAll()
    .where('reference', 'is', null)
    .where('manifest', '=', manifest)
    .execute();
  for (const row of rows) {
    const order = orders.get(row.orderNo);
    const place = order && placeOf({ ...row, manifestDigest: row.manifest }, order, manifests);
    if (!place) continue;
    const { reference, windowStart, threshold } = place;
    await db.updateTable('signals').set({ reference, windowStart, threshold }).where('id', '=', row.id).execute();
  }
}
