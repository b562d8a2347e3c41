/**
 * One authority's repository: refreshes its trusted metadata through egress, and fetches its targets. The rules of TUF
 * are in @lodestone/trust; this file does the I/O.
 * Flow: authority → egress → here → refresh. Spec: docs/design/signed-inputs.md#tuf-client
 */
import { LodestoneError, type Purpose, type TargetFile, type TargetPath, toInstant } from '@lodestone/protocol';
import {
  checkTarget,
  type Power,
  readTrusted,
  refresh,
  sha256Hex,
  targetUrlPath,
  type TrustedTargets,
  type TufState,
} from '@lodestone/trust';
import type { GuardOptions, Source } from '../../options.ts';
import type { Egress } from '../egress.ts';
import type { StoredSource } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';

export interface SourceConfig {
  name: string;
  /** The option that lists the source decides what it may publish. */
  power: Power;
  /** Ends with a slash. */
  url: URL;
  root: Uint8Array;
}

export function sourceConfigs({ orders, lists, provider }: GuardOptions['authorities']): SourceConfig[] {
  const config =
    (power: Power) =>
    ({ name, url, root }: Source): SourceConfig => ({
      name,
      power,
      url: new URL(url.endsWith('/') ? url : `${url}/`),
      root,
    });
  return [...orders.map(config('orders')), ...lists.map(config('lists')), config('provider')(provider)];
}

/** A source after a refresh. */
export interface TrustedSource {
  config: SourceConfig;
  /** Nothing is stored of this source: this is a new installation, or the host added the source. */
  isNew: boolean;
  /** Undefined if no refresh ever succeeded. */
  targets?: TrustedTargets;
  /** The record to store; undefined if this refresh failed. */
  stored?: StoredSource;
  /** Why this refresh failed. */
  error?: LodestoneError;
}

interface Context {
  storage: Storage;
  egress: Egress;
  now: () => number;
}

/** Never rejects. If the refresh fails, the targets trusted before stay, and `error` has the reason. */
export async function refreshSource(config: SourceConfig, { storage, egress, now }: Context): Promise<TrustedSource> {
  const pin = sha256Hex(config.root);
  const found = await storage.transact(['sources'], (tx) => tx.get('sources', config.name));
  const before = found?.pin === pin ? found : undefined;
  const isNew = found === undefined;
  let state: TufState = before?.state ?? { root: config.root };
  try {
    const { state: trusted, targets } = await refresh({
      state,
      now: now(),
      get: async (path, maxBytes) => {
        const url = new URL(path, config.url);
        const { status, body } = await egress({ method: 'GET', purpose: 'metadata', url, maxBytes });
        return status === 404 ? undefined : expectOk(status, body, path, config);
      },
      // Versions are stored as soon as they are accepted (TUF 5.3 to 5.6), so that a failure later in the round keeps them.
      save: async (next) => {
        state = next;
        if (before) await storage.transact(['sources'], (tx) => tx.put('sources', config.name, { ...before, state }));
      },
    });
    return {
      config,
      isNew,
      targets,
      stored: { pin, state: trusted, timestampVersion: targets.timestampVersion, refreshed: toInstant(now()) },
    };
  } catch (cause) {
    const targets = await readTrusted(state).catch(() => undefined);
    return { config, isNew, error: typedError(cause, `source ${config.name}`), ...(targets && { targets }) };
  }
}

/** The bytes of a target, checked against its signed length and digest. */
export async function fetchTarget(
  { config }: TrustedSource,
  file: TargetFile,
  purpose: Exclude<Purpose, 'signal' | 'metadata'>,
  egress: Egress,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = targetUrlPath(file);
  const url = new URL(path, config.url);
  const { status, body } = await egress({ method: 'GET', purpose, url, maxBytes: file.length });
  const bytes = expectOk(status, body, path, config);
  checkTarget(file, bytes);
  return bytes;
}

/** @throws {LodestoneError} `ERR_TRUST_MISSING` */
export function targetOf({ config, targets }: TrustedSource, path: TargetPath): TargetFile {
  const file = targets?.files.get(path);
  if (!file) throw new LodestoneError('ERR_TRUST_MISSING', `source ${config.name} has no target ${path}`);
  return file;
}

/** The error itself if it is typed; otherwise storage failed at `place`. */
export function typedError(cause: unknown, place: string): LodestoneError {
  if (cause instanceof LodestoneError) return cause;
  return new LodestoneError('ERR_STORAGE', `${place}: storage could not be read or written`, { cause });
}

function expectOk(
  status: number,
  body: Uint8Array<ArrayBuffer>,
  path: string,
  { name }: SourceConfig,
): Uint8Array<ArrayBuffer> {
  if (status !== 200)
    throw new LodestoneError('ERR_HTTP', `source ${name}: ${path} answered with status ${status}, expected 200`);
  return body;
}
