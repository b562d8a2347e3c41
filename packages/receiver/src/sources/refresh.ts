/**
 * Refreshes the sources: metadata, new orders, then the manifests of the lists and models that orders name.
 * Flow: authorities → here → orders and manifests tables → ingest. Promise: only targets that the TUF client workflow
 * accepts are stored, and only if the source may publish them; a source that fails leaves what is stored.
 * Spec: docs/design/receiver.md#sources.
 */
import type { OrderDigest, ManifestDigest } from '@lodestone/protocol/digest';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import { parseOrder } from '@lodestone/protocol/order';
import {
  parseTargetPath,
  splitReference,
  type TargetFile,
  type TargetPath,
  type TargetReference,
} from '@lodestone/protocol/paths';
import { parseManifest } from '@lodestone/protocol/release';
import { checkOrderPower, checkTarget, type Power, refresh, targetUrlPath, type TufGet } from '@lodestone/trust';
import type { Logger } from 'pino';
import type { ReceiverConfig, SourceConfig } from '../config.ts';
import type { Database } from '../db/schema.ts';
import { logSafeError } from '../log-safe-error.ts';
import type { LoadedOrders } from '../match-detect-item.ts';
import { backfillReferences } from './backfill-references.ts';
import { repositoryGet } from './get.ts';
import { loadOrders } from './load-orders.ts';
import { trustedState } from './trusted-state.ts';

export interface RefreshContext {
  db: Database;
  dataDir: string;
  config: ReceiverConfig;
  now: () => number;
  log: Logger;
}

/** A source whose metadata was accepted in this refresh. */
interface RefreshedSource {
  config: SourceConfig;
  power: Power;
  get: TufGet;
  files: ReadonlyMap<TargetPath, TargetFile>;
}

export interface RefreshResult {
  loaded: LoadedOrders;
  /** Sources of which at least one step failed. */
  failed: readonly Name[];
}

export async function refreshSources(context: RefreshContext): Promise<RefreshResult> {
  const { db } = context;
  const failures = new Failures(context.log);
  const sources = await refreshMetadata(context, failures);
  await storeNewOrders(sources, context, failures);
  await storeNewManifests(sources, context, failures);
  const loaded = await loadOrders(db);
  await backfillReferences(db, loaded);
  return { loaded, failed: failures.sources };
}

/** Runs steps that may fail, and collects the sources whose steps did. */
class Failures {
  readonly #failed = new Set<Name>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  get sources(): readonly Name[] {
    return [...this.#failed];
  }

  /** @returns undefined if `step` failed */
  async attempt<T>(source: Name, what: string, step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      this.#failed.add(source);
      this.#log.warn({ source, what, error: logSafeError(error) }, 'refreshing a source failed');
      return undefined;
    }
  }
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
  return { config, power, get, files: targets.files };
}

async function readRoot(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const message = `cannot read the pinned root ${file}; check "root" of the source in receiver.json`;
    throw new LodestoneError('ERR_RECEIVER', message, { cause });
  }
}

async function storeNewOrders(
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
    (file) => parseTargetPath(file.path)?.kind === 'order' && !orders.has(file.sha256 as OrderDigest),
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
    .values({ orderDigest: file.sha256 as OrderDigest, source: config.name, orderId: order.id, document })
    .onConflict((conflict) => conflict.column('orderDigest').doNothing())
    .execute();
  context.log.info({ source: config.name, orderId: order.id, orderDigest: file.sha256 }, 'order accepted');
}

async function storeNewManifests(
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

/** For documents, which are small and held in memory. */
async function fetchTarget(file: TargetFile, get: TufGet): Promise<Uint8Array> {
  const bytes = await get(targetUrlPath(file), file.length);
  if (!bytes) throw new LodestoneError('ERR_TRUST_MISSING', `${file.path} is signed, but the repository returns 404`);
  checkTarget(file, bytes);
  return bytes;
}
