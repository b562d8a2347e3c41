/** The newest version of an order that was ever accepted. Flow: database → here → cases, exports. Spec: docs/design/receiver.md#sources */
import type { Name } from '@lodestone/protocol/name';
import { type DetectionOrder, parseOrder } from '@lodestone/protocol/order';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';

/** @returns undefined if no version is stored */
export async function newestOrder(
  db: Database | Transaction<Tables>,
  { source, orderId }: { source: Name; orderId: Name },
): Promise<DetectionOrder | undefined> {
  const order = await db
    .selectFrom('orders')
    .select('document')
    .where('source', '=', source)
    .where('orderId', '=', orderId)
    .orderBy('orderNo', 'desc')
    .limit(1)
    .executeTakeFirst();
  return order && parseOrder(order.document);
}
