/**
 * Refreshes the sources: metadata, orders and suppressions, then the lists and models that orders name. Orders count before
 * lists are fetched. Flow: authorities → here → orders and manifests tables → ingest. Promise: only targets that the TUF client workflow
 * accepts are stored, and only if the source may publish them; a source that fails leaves what is stored.
 * Spec: docs/design/receiver.md#sources.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import { type Power, refresh } from '@lodestone/trust';
import type { ReceiverConfig, SourceConfig } from '../config.ts';
import type { LoadedOrders } from '../match-detect-item.ts';
import { repositoryGet } from './get.ts';
import { loadOrders } from './load-orders.ts';
import { Failures, type RefreshContext, type RefreshedSource } from './source.ts';
import { storeLineages } from './store-lineages.ts';
import { storeNewManifests } from './store-manifests.ts';
import { storeNewOrders } from './store-orders.ts';
import { storeSuppressions } from './store-suppressions.ts';
import { repositoryStream } from './stream.ts';
import { trustedState } from './trusted-state.ts';

/**
 * @param apply called with what is loaded, before and after the lists are fetched
 * @returns the sources of which at least one step failed
 */
export async function refreshSources(
  context: RefreshContext,
  apply: (loaded: LoadedOrders) => Promise<void>,
): Promise<readonly Name[]> {
  const { db } = context;
  const failures = new Failures(context.log);
  const sources = await refreshMetadata(context, failures);
  await storeNewOrders(sources, context, failures);
  await storeLineages(sources, (await loadOrders(db)).orders, context);
  const loaded = await loadOrders(db);
  await storeSuppressions(sources, loaded.orders, context, failures);
  await apply(loaded);
  await storeNewManifests(sources, loaded.orders, context, failures);
  await apply(await loadOrders(db));
  return failures.sources;
}

async function refreshMetadata(context: RefreshContext, failures: Failures): Promise<RefreshedSource[]> {
  const refreshed = configuredSources(context.config).map(([power, config]) =>
    failures.attempt(config.name, 'metadata', () => refreshSource(config, power, context)),
  );
  return (await Promise.all(refreshed)).filter((source) => source !== undefined);
}

function configuredSources({ authorities: { orders, lists, provider } }: ReceiverConfig): [Power, SourceConfig][] {
  return [
    ...orders.map((source): [Power, SourceConfig] => ['orders', source]),
    ...lists.map((source): [Power, SourceConfig] => ['lists', source]),
    ...(provider ? [['provider', provider] satisfies [Power, SourceConfig]] : []),
  ];
}

async function refreshSource(
  config: SourceConfig,
  power: Power,
  { db, dataDir, now }: RefreshContext,
): Promise<RefreshedSource> {
  const { state, save } = await trustedState(db, config.name, await readRoot(path.resolve(dataDir, config.root)));
  const get = repositoryGet(config.url);
  const { targets } = await refresh({ state, get, now: now(), save });
  return { config, power, get, stream: repositoryStream(config.url), files: targets.files };
}

async function readRoot(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const message = `cannot read the pinned root ${file}; check "root" of the source in receiver.json`;
    throw new LodestoneError('ERR_RECEIVER', message, { cause });
  }
}
