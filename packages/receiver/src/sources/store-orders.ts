/**
 * Stores the orders that a source published since the last refresh, if the source may publish them.
 * Flow: refresh → here → orders table. Spec: docs/design/receiver.md#sources.
 */
import type { OrderDigest } from '@lodestone/protocol/digest';
import { parseOrder } from '@lodestone/protocol/order';
import { parseTargetPath, type TargetFile } from '@lodestone/protocol/paths';
import { checkOrderPower } from '@lodestone/trust';
import { loadOrders } from './load-orders.ts';
import { type Failures, fetchTarget, type RefreshContext, type RefreshedSource } from './source.ts';

export async function storeNewOrders(
  sources: readonly RefreshedSource[],
  context: RefreshContext,
  failures: Failures,
): Promise<void> {
  for (const source of sources) {
    for (const file of await newOrders(source, context)) {
      await failures.attempt(source.config.name, file.path, () => storeOrder(file, source, context));
    }
  }
}

async function newOrders({ files, power }: RefreshedSource, { db }: RefreshContext): Promise<TargetFile[]> {
  if (power === 'lists') return [];
  const { orders } = await loadOrders(db);
  return [...files.values()].filter(
    (file) => parseTargetPath(file.path)?.kind === 'order' && !orders.has(orderDigestOf(file)),
  );
}

async function storeOrder(
  file: TargetFile,
  { config, power, get }: RefreshedSource,
  context: RefreshContext,
): Promise<void> {
  const document = await fetchTarget(file, get);
  const order = parseOrder(document);
  const endpoint = context.config.endpoint ?? order.receiver?.endpoint ?? '';
  checkOrderPower(order, { power, endpoint });
  await context.db
    .insertInto('orders')
    .values({ orderDigest: orderDigestOf(file), source: config.name, orderId: order.id, document })
    .onConflict((conflict) => conflict.column('orderDigest').doNothing())
    .execute();
  context.log.info({ source: config.name, orderId: order.id, orderDigest: orderDigestOf(file) }, 'order accepted');
}

/** The SHA-256 of an order's target file is its order digest. */
function orderDigestOf(file: TargetFile): OrderDigest {
  return file.sha256 as OrderDigest;
}
