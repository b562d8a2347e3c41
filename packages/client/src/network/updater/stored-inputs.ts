/**
 * Reads the signed inputs from storage, verifies the metadata of each source, and judges the rest.
 * Flow: storage → here → judge → updater. Spec: docs/design/signed-inputs.md#storage
 */
import type { Digest, FileDigest } from '@lodestone/protocol';
import { readTrustedState, sha256Hex, type TrustedState, versionsOf } from '@lodestone/trust';
import { type StoredSource, type StoredUpdater, UPDATER_KEY } from '../storage/records.ts';
import type { Storage, Transaction } from '../storage/transaction.ts';
import { type ListEntries, readEntries } from '../transfer/list-entries.ts';
import { countChange } from './fence.ts';
import { type Accepted, judge, type Standing, type Standings, type StoredRecords } from './judge.ts';
import { type Pin, relationOf, withPin } from './pin.ts';
import type { SourceConfig } from './source.ts';

export interface StoredInputs {
  revision: number;
  updater: StoredUpdater;
  /** By source name. */
  sources: ReadonlyMap<string, StoredSource>;
  standings: Standings;
  accepted: Accepted;
  /** Everything that is stored, also what does not count at the moment. */
  records: StoredRecords;
}

const READ = ['updater', 'sources', 'orders', 'releases', 'suppressions', 'models', 'keys'] as const;

/** Creates the updater's record, and lets newer pins of the host take over. */
export async function prepareStorage(storage: Storage, configs: readonly SourceConfig[], now: number): Promise<void> {
  const pins = new Map<string, Pin>();
  for (const { name, root } of configs) {
    const pin = readPin(root);
    if (pin) pins.set(name, pin);
  }
  await storage.transact(['updater', 'sources'], async (tx) => {
    const updater = (await tx.get('updater', UPDATER_KEY)) ?? { round: 0, revision: 0, since: now, isNew: true };
    // A clock that was set back would keep the storage new for longer than a day.
    await tx.put('updater', UPDATER_KEY, { ...updater, since: Math.min(updater.since, now) });
    for (const [name, pin] of pins) await adoptPin(tx, name, pin);
  });
}

async function adoptPin(tx: Transaction<'updater' | 'sources'>, name: string, pin: Pin): Promise<void> {
  const stored = await tx.get('sources', name);
  const relation = relationOf(pin, stored);
  if (relation !== 'first' && relation !== 'newer') return;
  await tx.put('sources', name, withPin(pin, stored));
  await countChange(tx);
}

/** Undefined for a root that cannot be read: the refresh reports why. */
function readPin(root: Uint8Array): Pin | undefined {
  try {
    return { root, digest: sha256Hex(root), version: versionsOf({ root }).rootVersion };
  } catch {
    return undefined;
  }
}

/** Verified states by the bytes that they were read from, so that unchanged metadata is verified once. */
export type Verified = Map<string, { digests: string; trusted: TrustedState }>;

export interface ReadOptions {
  storage: Storage;
  configs: readonly SourceConfig[];
  endpoint: string;
  verified: Verified;
  /** Of the list files in storage, so that a file is read once. */
  entries: Map<FileDigest, ListEntries>;
}

/** Returns undefined if nothing has changed since `revision`. */
export async function readStoredInputs(
  { storage, configs, endpoint, verified, entries }: ReadOptions,
  revision?: number,
): Promise<StoredInputs | undefined> {
  const read = await storage.transact(READ, async (tx) => {
    const updater = await tx.get('updater', UPDATER_KEY);
    if (!updater || updater.revision === revision) return undefined;
    const sources = new Map((await tx.all('sources')).map(([name, source]) => [String(name), source]));
    return { updater, sources, records: await readRecords(tx) };
  });
  if (!read) return undefined;
  const standings = await verifySources(configs, read.sources, verified);
  await readNewEntries(storage, read.records, entries);
  return {
    ...read,
    revision: read.updater.revision,
    standings,
    accepted: judge(read.records, { configs, standings, endpoint, entries }),
  };
}

async function readRecords(tx: Transaction<(typeof READ)[number]>): Promise<StoredRecords> {
  return {
    orders: (await tx.all('orders')).map(([, order]) => order),
    releases: (await tx.all('releases')).map(([, release]) => release),
    suppressions: (await tx.all('suppressions')).map(([, suppression]) => suppression),
    models: (await tx.all('models')).map(([, model]) => model),
    keys: (await tx.all('keys')).map(([, keys]) => keys),
  };
}

/** Plausibility asks for entry numbers while it handles a message, so they are in memory. */
async function readNewEntries(
  storage: Storage,
  { releases }: StoredRecords,
  entries: ReadOptions['entries'],
): Promise<void> {
  const inUse = new Set(releases.map(({ manifest }) => manifest.file.sha256));
  for (const digest of entries.keys()) if (!inUse.has(digest)) entries.delete(digest);
  for (const digest of inUse) {
    const read = entries.get(digest) ?? (await readEntries(storage, digest));
    if (read) entries.set(digest, read);
  }
}

async function verifySources(
  configs: readonly SourceConfig[],
  sources: ReadonlyMap<string, StoredSource>,
  verified: Verified,
): Promise<Standings> {
  const standings = new Map<string, Standing>();
  for (const config of configs) {
    const source = sources.get(config.name);
    const pin = readPin(config.root);
    if (!source || !pin || relationOf(pin, source) === 'newer') continue;
    const trusted = await verifiedState(config.name, source, verified);
    if (!trusted) continue;
    const { timestamp, hasAnswered } = source;
    standings.set(config.name, { config, trusted, hasAnswered, ...(timestamp && { timestamp }) });
  }
  return standings;
}

async function verifiedState(
  name: string,
  { state }: StoredSource,
  verified: Verified,
): Promise<TrustedState | undefined> {
  const digests = [state.root, state.timestamp, state.snapshot, state.targets].map(digestOf).join();
  const before = verified.get(name);
  if (before?.digests === digests) return before.trusted;
  try {
    const trusted = await readTrustedState(state);
    verified.set(name, { digests, trusted });
    return trusted;
  } catch {
    return undefined; // a damaged root: nothing of the source counts, and the refresh reports why
  }
}

function digestOf(bytes: Uint8Array | undefined): Digest | '' {
  return bytes ? sha256Hex(bytes) : '';
}
