/**
 * One authority's repository: refreshes its trusted metadata through egress, and fetches its targets. The rules of TUF
 * are in @lodestone/trust; this file does the I/O.
 * Flow: authority → egress → here → round. Spec: docs/design/signed-inputs.md#tuf-client
 */
import { LodestoneError, type Purpose, type TargetFile, type TargetPath } from '@lodestone/protocol';
import {
  checkTarget,
  type Power,
  readTrustedState,
  refresh,
  sha256Hex,
  targetUrlPath,
  type TrustedState,
  type TufState,
  versionsOf,
} from '@lodestone/trust';
import type { GuardOptions, Source } from '../../options.ts';
import { answeredWithPage, isHtmlPage } from '../html-page.ts';
import { rootBytes } from './root-bytes.ts';
import type { Egress } from '../egress.ts';
import type { StoredSource } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { enter, isSuperseded, Superseded } from './fence.ts';

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
      root: rootBytes(root),
    });
  return [...orders.map(config('orders')), ...lists.map(config('lists')), config('provider')(provider)];
}

/** A source in a round. Before its refresh it has the state of storage, if any. */
export interface RoundSource {
  config: SourceConfig;
  trusted?: TrustedState;
  /** Of the round: bounded, and ended by the round's deadline. */
  egress: Egress;
}

export interface Refreshed {
  source: RoundSource;
  /** Why the refresh failed. The state that was trusted before, or as far as the refresh came, stays. */
  error?: LodestoneError;
}

interface Context {
  storage: Storage;
  now: () => number;
  /** The number of the round. */
  round: number;
}

/** @throws {Superseded} if a newer round has begun. Other errors are in the result. */
export async function refreshSource(source: RoundSource, { storage, now, round }: Context): Promise<Refreshed> {
  const { config, egress } = source;
  const stored = await storage.transact(['sources'], (tx) => tx.get('sources', config.name));
  let state: TufState = stored?.state ?? { root: config.root };
  try {
    const refreshed = await refresh({
      state,
      now: now(),
      get: async (path, maxBytes) => {
        const url = new URL(path, config.url);
        const { status, body } = await egress({ method: 'GET', purpose: 'metadata', url, maxBytes });
        return isAbsent(status, path) ? undefined : expectOk(status, body, path, config);
      },
      // Each accepted role is stored immediately (TUF 5.3 to 5.6), from the first contact on.
      save: async (next) => {
        await saveState(storage, config.name, next, { round, era: stored?.era ?? 0 });
        state = next;
      },
    });
    return { source: { ...source, trusted: await readTrustedState(refreshed.state) } };
  } catch (cause) {
    if (cause instanceof Superseded) throw cause;
    const trusted = await readTrustedState(state).catch(() => undefined);
    return {
      source: { config, egress, ...(trusted && { trusted }) },
      error: refreshError(cause, state, config),
    };
  }
}

/**
 * Object stores answer 403 for what they do not have. The next root is the only file that a repository need not have, so a 403 for it
 * means the same as 404: a server that refuses everything refuses timestamp.json as well.
 */
function isAbsent(status: number, path: string): boolean {
  return status === 404 || (status === 403 && path.endsWith('.root.json'));
}

/** Where nothing was ever accepted under the root of the options, the root is the first suspect. */
function refreshError(cause: unknown, { timestamp }: TufState, { name, url }: SourceConfig): LodestoneError {
  const error = typedError(cause, `source ${name}`);
  if (error.code !== 'ERR_TRUST_SIGNATURE' || timestamp) return error;
  return new LodestoneError(
    'ERR_TRUST_SIGNATURE',
    `source ${name}: ${error.message}: is the \`root\` of this source the root.json of ${url.href}?`,
    { cause: error },
  );
}

async function saveState(
  storage: Storage,
  name: string,
  state: TufState,
  { round, era }: { round: number; era: number },
): Promise<void> {
  const { rootVersion, timestamp } = versionsOf(state);
  const versions = { rootVersion, timestampVersion: timestamp?.version ?? 0 };
  const digest = state.timestamp && sha256Hex(state.timestamp);
  await storage.transact(['updater', 'sources'], async (tx) => {
    const source = await tx.get('sources', name);
    await enter(tx, round);
    if (isSuperseded(round, { era, versions }, { updater: await tx.get('updater', 'updater'), source }))
      throw new Superseded();
    const next: StoredSource = {
      era,
      replaced: [],
      hasAnswered: false,
      ...source,
      state,
      versions,
      ...(timestamp && digest && { timestamp: { ...timestamp, digest } }),
    };
    await tx.put('sources', name, next);
  });
}

/** The bytes of a target, checked against its signed length and digest. */
export async function fetchTarget(
  { config, egress }: RoundSource,
  file: TargetFile,
  purpose: Exclude<Purpose, 'signal' | 'metadata'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = targetUrlPath(file);
  const url = new URL(path, config.url);
  const { status, body } = await egress({ method: 'GET', purpose, url, maxBytes: file.length });
  const bytes = expectOk(status, body, path, config);
  checkTarget(file, bytes);
  return bytes;
}

/** @throws {LodestoneError} `ERR_TRUST_MISSING` */
export function targetOf({ config, trusted }: RoundSource, path: TargetPath): TargetFile {
  const file = trusted?.targets?.files.get(path);
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
  if (isHtmlPage(body)) throw answeredWithPage(`source ${name}: ${path}`);
  return body;
}
