/**
 * Stores the current manifests of the lists and models that orders name, so that signals can be assigned to them.
 * Flow: refresh → here → manifests table. Spec: docs/design/receiver.md#sources.
 */
import type { ManifestDigest } from '@lodestone/protocol/digest';
import { splitReference, type TargetFile, type TargetReference } from '@lodestone/protocol/paths';
import { parseManifest } from '@lodestone/protocol/release';
import type { LoadedOrders } from '../match-detect-item.ts';
import { loadOrders } from './load-orders.ts';
import { type Failures, fetchTarget, type RefreshContext, type RefreshedSource } from './source.ts';

export async function storeNewManifests(
  sources: readonly RefreshedSource[],
  context: RefreshContext,
  failures: Failures,
): Promise<void> {
  const { orders } = await loadOrders(context.db);
  for (const [source, file, reference] of currentManifests(sources, orders)) {
    await failures.attempt(source.config.name, file.path, () => storeManifest(file, reference, source, context));
  }
}

/** For each list or model that an order names: the manifest that its source publishes now. */
function currentManifests(
  sources: readonly RefreshedSource[],
  orders: LoadedOrders['orders'],
): [RefreshedSource, TargetFile, TargetReference][] {
  const items = [...orders.values()].flatMap(({ order }) => order.detect);
  const references = new Set(items.map((item) => (item.kind === 'known' ? item.list : item.model)));
  return [...references].flatMap((reference) => {
    const { source: name, path: target } = splitReference(reference);
    const source = sources.find(({ config, power }) => config.name === name && power !== 'orders');
    const file = source?.files.get(target);
    return source && file ? [[source, file, reference]] : [];
  });
}

async function storeManifest(
  file: TargetFile,
  reference: TargetReference,
  { power, get }: RefreshedSource,
  { db, log }: RefreshContext,
): Promise<void> {
  const manifestDigest = file.sha256 as ManifestDigest;
  const stored = await db
    .selectFrom('manifests')
    .select('manifestDigest')
    .where('manifestDigest', '=', manifestDigest)
    .where('reference', '=', reference)
    .executeTakeFirst();
  if (stored) return;
  const version = power === 'lists' ? parseManifest(await fetchTarget(file, get)).version : null;
  await db
    .insertInto('manifests')
    .values({ manifestDigest, reference, version })
    .onConflict((conflict) => conflict.columns(['manifestDigest', 'reference']).doNothing())
    .execute();
  log.info({ reference, version, manifestDigest }, 'manifest accepted');
}
