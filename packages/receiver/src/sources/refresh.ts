/**
 * One round through the sources: which orders exist, and which manifests the lists and models that they name have now.
 * A source that is refused or unreachable leaves what was known before. Flow: authorities → here → orders, manifests.
 * Promise: power is positional, and only what the client workflow of TUF accepts is taken. Spec: DESIGN §5.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import {
  parseTargetPath,
  splitReference,
  type TargetFile,
  type TargetPath,
  type TargetReference,
} from '@lodestone/protocol/paths';
import { parseOrder } from '@lodestone/protocol/order';
import { parseManifest } from '@lodestone/protocol/release';
import { checkOrderPower, checkTarget, type Power, refresh, targetUrlPath, type TufGet } from '@lodestone/trust';
import type { Logger } from 'pino';
import type { ReceiverConfig, SourceConfig } from '../config.ts';
import type { Database } from '../db/schema.ts';
import { describe } from '../log-safe-error.ts';
import type { Known } from '../orders.ts';
import { repositoryGet } from './get.ts';
import { readKnown } from './load-orders.ts';
import { placeSignals } from './backfill-references.ts';
import { trustedState } from './trusted-state.ts';

export interface RoundContext {
  db: Database;
  dataDir: string;
  config: ReceiverConfig;
  now: () => number;
  log: Logger;
}

interface Source {
  config: SourceConfig;
  power: Power;
  get: TufGet;
  files: ReadonlyMap<TargetPath, TargetFile>;
}

export interface Round {
  known: Known;
  /** Sources that could not be refreshed. */
  failed: readonly Name[];
}

export async function runRound(context: RoundContext): Promise<Round> {
  const failed = new Set<Name>();
  const attempt = async <T>(name: Name, what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      failed.add(name);
      context.log.warn({ source: name, what, error: describe(error) }, 'a source was not taken over');
      return undefined;
    }
  };

  const refreshed = sourcesOf(context.config).map(([power, config]) =>
    attempt(config.name, 'metadata', () => refreshSource(config, power, context)),
  );
  const sources = (await Promise.all(refreshed)).filter((source) => source !== undefined);
  for (const source of sources) {
    for (const file of await newOrders(source, context)) {
      await attempt(source.config.name, file.path, () => takeOrder(file, source, context));
    }
  }
  const { orders } = await readKnown(context.db);
  for (const [source, file, reference] of manifestsOf(sources, orders)) {
    await attempt(source.config.name, file.path, () => takeManifest(file, reference, source, context));
  }
  const known = await readKnown(context.db);
  await placeSignals(context.db, known);
  return { known, failed: [...failed] };
}

function sourcesOf({ authorities: { orders, lists, provider } }: ReceiverConfig): [Power, SourceConfig][] {
  return [
    ...orders.map((source): [Power, SourceConfig] => ['orders', source]),
    ...lists.map((source): [Power, SourceConfig] => ['lists', source]),
    ...(provider ? [['provider', provider] satisfies [Power, SourceConfig]] : []),
  ];
}

async function refreshSource(config: SourceConfig, power: Power, { db, dataDir, now }: RoundContext): Promise<Source> {
  const { state, save } = await trustedState(db, config.name, await readRoot(path.resolve(dataDir, config.root)));
  const get = repositoryGet(config.url);
  const { targets } = await refresh({ state, get, now: now(), save });
  return { config, power, get, files: targets.files };
}

async function readRoot(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new LodestoneError('ERR_RECEIVER', `${file}: the pinned root cannot be read`, { cause });
  }
}

async function newOrders({ files, power }: Source, { db }: RoundContext): Promise<TargetFile[]> {
  if (power === 'lists') return [];
  const { orders } = await readKnown(db);
  return [...files.values()].filter((file) => parseTargetPath(file.path)?.kind === 'order' && !orders.has(file.sha256));
}

async function takeOrder(file: TargetFile, { config, power, get }: Source, context: RoundContext): Promise<void> {
  const document = await fetchTarget(file, get);
  const order = parseOrder(document);
  const endpoint = context.config.endpoint ?? order.receiver?.endpoint ?? '';
  checkOrderPower(order, { power, endpoint });
  await context.db
    .insertInto('orders')
    .values({ digest: file.sha256, source: config.name, name: order.id, document })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .execute();
  context.log.info({ source: config.name, order: order.id, digest: file.sha256 }, 'an order is known');
}

/** For each list or model that a known order names: the manifest that its source publishes now. */
function manifestsOf(sources: readonly Source[], orders: Known['orders']): [Source, TargetFile, TargetReference][] {
  const details = [...orders.values()].flatMap(({ order }) => order.detect);
  const references = new Set(details.map((item) => (item.kind === 'known' ? item.list : item.model)));
  return [...references].flatMap((reference) => {
    const { source: name, path: target } = splitReference(reference);
    const source = sources.find(({ config, power }) => config.name === name && power !== 'orders');
    const file = source?.files.get(target);
    return source && file ? [[source, file, reference]] : [];
  });
}

async function takeManifest(
  file: TargetFile,
  reference: TargetReference,
  { power, get }: Source,
  { db, log }: RoundContext,
): Promise<void> {
  const stored = await db
    .selectFrom('manifests')
    .select('digest')
    .where('digest', '=', file.sha256)
    .where('reference', '=', reference)
    .executeTakeFirst();
  if (stored) return;
  const version = power === 'lists' ? parseManifest(await fetchTarget(file, get)).version : null;
  await db
    .insertInto('manifests')
    .values({ digest: file.sha256, reference, version })
    .onConflict((conflict) => conflict.columns(['digest', 'reference']).doNothing())
    .execute();
  log.info({ reference, version, digest: file.sha256 }, 'a release is known');
}

/** Targets that are documents: small, and held in memory. */
async function fetchTarget(file: TargetFile, get: TufGet): Promise<Uint8Array> {
  const bytes = await get(targetUrlPath(file), file.length);
  if (!bytes) throw new LodestoneError('ERR_TRUST_MISSING', `${file.path} is signed, and not there`);
  checkTarget(file, bytes);
  return bytes;
}
