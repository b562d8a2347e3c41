/**
 * Stores when each order ends, with all its versions: at the end of the version that its source publishes, or now if the
 * source has withdrawn it. Flow: refresh → here → lineages table → ingest/check.
 * Spec: docs/design/receiver.md#ended-orders.
 */
import type { OrderDigest } from '@lodestone/protocol/digest';
import { fromInstant } from '@lodestone/protocol/time';
import type { LoadedOrder, LoadedOrders } from '../match-detect-item.ts';
import type { RefreshContext, RefreshedSource } from './source.ts';

/** Call it after new orders are stored. A source that could not be refreshed changes nothing. */
export async function storeLineages(
  sources: readonly RefreshedSource[],
  orders: LoadedOrders['orders'],
  context: RefreshContext,
): Promise<void> {
  for (const source of sources) {
    if (source.power === 'lists') continue;
    for (const [orderId, endsAt] of endsOf(source, orders, context.now())) {
      await context.db
        .insertInto('lineages')
        .values({ source: source.config.name, orderId, endsAt })
        .onConflict((conflict) => conflict.columns(['source', 'orderId']).doUpdateSet({ endsAt }))
        .execute();
    }
  }
}

function endsOf(
  { config, files }: RefreshedSource,
  orders: LoadedOrders['orders'],
  now: number,
): Map<LoadedOrder['orderId'], number> {
  const published = new Set([...files.values()].map(({ sha256 }) => sha256 as string as OrderDigest));
  const ends = new Map<LoadedOrder['orderId'], number>();
  for (const { source, orderId, order, orderDigest, endsAt } of orders.values()) {
    if (source !== config.name) continue;
    if (published.has(orderDigest)) ends.set(orderId, fromInstant(order.notAfter));
    else if (!ends.has(orderId)) ends.set(orderId, Math.min(endsAt, now));
  }
  return ends;
}
