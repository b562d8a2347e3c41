/**
 * One authority's repository: its trusted metadata, refreshed through egress, and its targets, checked as they arrive.
 * Flow: authority → egress → here → refresh. The rules are trust's; here is the I/O.
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
import type { Egress } from '../egress.ts';
import type { StoredSource } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';

export interface SourceConfig {
  name: string;
  power: Power;
  url: URL;
  root: Uint8Array;
}

/** A source as far as it is trusted now: `targets` is undefined where it never answered well, `stored` where this refresh failed. */
export interface TrustedSource {
  config: SourceConfig;
  isNew: boolean;
  targets?: TrustedTargets;
  stored?: StoredSource;
  error?: LodestoneError;
}

interface Context {
  storage: Storage;
  egress: Egress;
  now: () => number;
}

/** Refreshes; where that fails, what was trusted before stays, and the error says why. */
export async function refreshSource(config: SourceConfig, { storage, egress, now }: Context): Promise<TrustedSource> {
  const pin = sha256Hex(config.root);
  const kept = await storage.transact(['sources'], (tx) => tx.get('sources', config.name));
  const before = kept?.pin === pin ? kept : undefined;
  const isNew = kept === undefined;
  let state: TufState = before?.state ?? { root: config.root };
  try {
    const { state: trusted, targets } = await refresh({
      state,
      now: now(),
      get: async (path, maxBytes) => {
        const { status, body } = await egress({
          method: 'GET',
          purpose: 'metadata',
          url: new URL(path, config.url),
          maxBytes,
        });
        if (status === 404) return undefined;
        return expectOk(status, body, path, config);
      },
      // Versions seen are kept at once (spec 5.3 to 5.6): a failure later in the round must not forget them.
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
    const error =
      cause instanceof LodestoneError ? cause : new LodestoneError('ERR_STORAGE', `source ${config.name}`, { cause });
    const targets = await readTrusted(state).catch(() => undefined);
    return { config, isNew, error, ...(targets && { targets }) };
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
  const { status, body } = await egress({
    method: 'GET',
    purpose,
    url: new URL(path, config.url),
    maxBytes: file.length,
  });
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

function expectOk(
  status: number,
  body: Uint8Array<ArrayBuffer>,
  path: string,
  { name }: SourceConfig,
): Uint8Array<ArrayBuffer> {
  if (status !== 200) throw new LodestoneError('ERR_HTTP', `source ${name}: ${path} answered ${status}`);
  return body;
}
