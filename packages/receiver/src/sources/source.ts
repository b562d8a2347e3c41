/**
 * Shared by the steps of a refresh: the context, a refreshed source, its documents, and the record of failures.
 * Flow: refresh → here ← store-orders, store-manifests, store-suppressions. Spec: docs/design/receiver.md#sources.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import { splitReference, type TargetFile, type TargetPath, type TargetReference } from '@lodestone/protocol/paths';
import { checkTarget, type Power, targetUrlPath, type TufGet } from '@lodestone/trust';
import type { Logger } from 'pino';
import type { ReceiverConfig, SourceConfig } from '../config.ts';
import type { Database } from '../db/schema.ts';
import { logSafeError } from '../log-safe-error.ts';
import type { LoadedOrders } from '../match-detect-item.ts';
import type { RepositoryStream } from './stream.ts';

export interface RefreshContext {
  db: Database;
  dataDir: string;
  config: ReceiverConfig;
  now: () => number;
  log: Logger;
}

/** A source whose metadata was accepted in this refresh. */
export interface RefreshedSource {
  config: SourceConfig;
  power: Power;
  get: TufGet;
  stream: RepositoryStream;
  files: ReadonlyMap<TargetPath, TargetFile>;
}

/** Runs steps that may fail, and collects the sources whose steps did. */
export class Failures {
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

/** The lists and models that orders name, with the source that publishes each. */
export function listsAndModels(
  sources: readonly RefreshedSource[],
  orders: LoadedOrders['orders'],
): { source: RefreshedSource; path: TargetPath; reference: TargetReference }[] {
  const items = [...orders.values()].flatMap(({ order }) => order.detect);
  const references = new Set(items.map((item) => (item.kind === 'known' ? item.list : item.model)));
  return [...references].flatMap((reference) => {
    const { source: name, path } = splitReference(reference);
    const source = sources.find(({ config, power }) => config.name === name && power !== 'orders');
    return source ? [{ source, path, reference }] : [];
  });
}

/** For documents, which are small and held in memory. */
export async function fetchTarget(file: TargetFile, get: TufGet): Promise<Uint8Array> {
  const bytes = await get(targetUrlPath(file), file.length);
  if (!bytes) throw new LodestoneError('ERR_TRUST_MISSING', `${file.path} is signed, but the repository returns 404`);
  checkTarget(file, bytes);
  return bytes;
}
