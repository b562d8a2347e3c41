/**
 * Stores the current manifests of the lists and models that orders name, and indexes the lists' entries.
 * Flow: refresh → here → index-list → manifests table. Promise: a manifest is kept while devices may match against it, and
 * as long as their signals count. Spec: docs/design/receiver.md#entries.
 */
import type { ManifestDigest } from '@lodestone/protocol/digest';
import { LIMITS } from '@lodestone/protocol/limits';
import type { TargetFile, TargetReference } from '@lodestone/protocol/paths';
import { parseManifest } from '@lodestone/protocol/release';
import { type Day, toDay } from '@lodestone/protocol/time';
import { lastCountingDay } from '@lodestone/trust';
import { readClock } from '../clock/trusted-time.ts';
import type { LoadedOrders } from '../match-detect-item.ts';
import { indexList } from './index-list.ts';
import { type Failures, fetchTarget, listsAndModels, type RefreshContext, type RefreshedSource } from './source.ts';

export async function storeNewManifests(
  sources: readonly RefreshedSource[],
  orders: LoadedOrders['orders'],
  context: RefreshContext,
  failures: Failures,
): Promise<void> {
  await deleteOldManifests(context);
  for (const { source, path, reference } of listsAndModels(sources, orders)) {
    const file = source.files.get(path);
    if (!file) continue;
    await failures.attempt(source.config.name, file.path, () => storeManifest(file, reference, source, context));
  }
}

/** A manifest's last signals have the day of its end. Each counts for at most the longest window and the grace days. */
async function deleteOldManifests({ db, now }: RefreshContext): Promise<void> {
  const { time } = await readClock(db, now());
  if (time === undefined) return;
  const today = toDay(time);
  const oldest = (today - (lastCountingDay(0 as Day, LIMITS.signalWithinDays) as number)) as Day;
  await db.deleteFrom('manifests').where('lastDay', '<', oldest).execute();
}

async function storeManifest(
  file: TargetFile,
  reference: TargetReference,
  { power, get, stream }: RefreshedSource,
  { db, now, log }: RefreshContext,
): Promise<void> {
  const manifestDigest = file.sha256 as ManifestDigest;
  const stored = await db
    .selectFrom('manifests')
    .select('manifestDigest')
    .where('manifestDigest', '=', manifestDigest)
    .where('reference', '=', reference)
    .executeTakeFirst();
  if (stored) return;
  if (power === 'lists') {
    const manifest = parseManifest(await fetchTarget(file, get));
    if (manifest.purpose !== 'verified') {
      log.info(
        { reference, purpose: manifest.purpose, manifestDigest },
        'list not indexed: only verified lists signal',
      );
      return;
    }
    const withdrawn = await indexList(db, stream, { reference, manifestDigest, manifest }, toDay(now()));
    log.info({ reference, version: manifest.version, manifestDigest, withdrawn }, 'list version indexed');
    return;
  }
  await db
    .insertInto('manifests')
    .values({ manifestDigest, reference, version: null, lastDay: null })
    .onConflict((conflict) => conflict.columns(['manifestDigest', 'reference']).doNothing())
    .execute();
  log.info({ reference, manifestDigest }, 'manifest accepted');
}
