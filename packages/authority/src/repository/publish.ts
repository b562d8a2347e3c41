/**
 * Publishes: signs snapshot and timestamp online, checks the result as a client, and installs the files, the timestamp last.
 * Flow: an unsigned publication with its holders' signatures → here → `repository/`. Promise: published files are never
 * changed or deleted; readers see a consistent snapshot. Spec: docs/design/authority.md#publishing, TUF 1.0 §6.2
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import {
  canonicalJson,
  type MetaFile,
  refresh,
  type Role,
  type RootSigned,
  type SnapshotSigned,
  type TimestampSigned,
  type TufGet,
} from '@lodestone/trust';
import { type Authority, messageOf, type OnlineRole, openAuthority } from '../keys/authority.ts';
import type { AskPassphrase } from '../keys/key-file.ts';
import { openOnlineKey } from '../keys/local-keys.ts';
import { SPEC_VERSION } from '../keys/root.ts';
import { keyIdOf } from '../keys/signer.ts';
import { buildPublication, type Publication } from '../publication/build.ts';
import { removeDraft } from '../publication/draft.ts';
import { signedDraft } from '../publication/signed-draft.ts';
import { partsOf, withSignatures } from '../publication/parts.ts';
import { signHere } from '../publication/sign-here.ts';
import { installFiles, writeAtomically } from './atomic-files.ts';
import { sha256Hex } from './digest.ts';
import { withLock } from './lock.ts';
import { type PublishedState, readPublishedState } from './published-state.ts';
import { openRepository } from './reader.ts';

export interface PublishOptions {
  directory: string;
  now: number;
  /**
   * Sign only with the online keys: a new timestamp, and a new snapshot if less than half of its days remain. Staged and
   * imported data is not published. Default: false.
   */
  onlineOnly?: boolean;
  /** Asks for the passphrase of a key file in the folder. Default: encrypted files are refused. */
  passphrase?: AskPassphrase;
}

export interface PublishReport {
  /** The folder to serve: `metadata/` and `targets/`. */
  repository: string;
  versions: Record<Role, number>;
  /** Lists with a new release. */
  lists: Publication['lists'];
}

/** The files to install, in order. */
interface Installation {
  readonly authority: Authority;
  readonly now: number;
  readonly root: RootSigned;
  readonly ask: AskPassphrase;
  readonly files: Map<string, Uint8Array>;
}

/**
 * @throws {LodestoneError} `ERR_REPOSITORY` if keys or signatures are missing, the draft is out of date, the repository does not
 * verify, or apps would refuse the publication; `ERR_LIST_FORMAT`, `ERR_SIZE` for a list over its limits
 */
export async function publish(options: PublishOptions): Promise<PublishReport> {
  const authority = await openAuthority(options.directory);
  return withLock(authority.paths, () => publishLocked(authority, options));
}

async function publishLocked(
  authority: Authority,
  { now, onlineOnly = false, passphrase: ask = noPassphrase }: PublishOptions,
): Promise<PublishReport> {
  const published = await readPublishedState(authority.paths);
  if (onlineOnly) return publishOnline({ authority, now, ask, ...beforeOf(published), files: new Map() }, published);
  const report = await publishAll(authority, published, { now, ask });
  await removeDraft(authority.paths);
  return report;
}

function noPassphrase(file: string): Promise<string> {
  return Promise.reject(new LodestoneError('ERR_SIGNER', `${file} is encrypted; pass its passphrase`));
}

function beforeOf({ root }: PublishedState): { root: RootSigned } {
  if (root) return { root };
  throw new LodestoneError(
    'ERR_REPOSITORY',
    'nothing has been published yet: run "publish" without --timestamp-only first',
  );
}

async function publishAll(
  authority: Authority,
  published: PublishedState,
  { now, ask }: { now: number; ask: AskPassphrase },
): Promise<PublishReport> {
  const { publication, signed } =
    authority.custody === 'holders'
      ? await signedDraft(authority, published)
      : await signAllHere(await buildPublication(authority, published, now), ask);
  const installation: Installation = { authority, now, ask, root: publication.root, files: new Map(publication.files) };
  const { version } = publication.targets;
  const rootBytes = signed.get('root');
  const targetsBytes = signed.get('targets') ?? new Uint8Array();
  const targets = addFile(installation, `metadata/${version}.targets.json`, version, targetsBytes);
  const snapshot = await addSnapshot(installation, (published.online?.snapshot.version ?? 0) + 1, targets);
  // The root comes last before the timestamp: until then, readers verify the old timestamp with the old root.
  if (rootBytes) installation.files.set(`metadata/${publication.root.version}.root.json`, rootBytes);
  const timestamp = await addTimestamp(installation, (published.online?.timestamp.version ?? 0) + 1, snapshot);
  await install(installation);
  return reportOf(installation, { targets, snapshot, timestamp }, publication.lists);
}

type SignedParts = { publication: Publication; signed: Map<Role, Uint8Array> };

async function signAllHere(publication: Publication, ask: AskPassphrase): Promise<SignedParts> {
  const signed = new Map<Role, Uint8Array>();
  for (const part of partsOf(publication)) signed.set(part.role, await signHere(publication.authority, part, ask));
  return { publication, signed };
}

async function publishOnline(installation: Installation, { online }: PublishedState): Promise<PublishReport> {
  if (!online) {
    throw new LodestoneError(
      'ERR_REPOSITORY',
      'nothing has been published yet: run "publish" without --timestamp-only first',
    );
  }
  const targets = online.snapshot.meta['targets.json'];
  const { authority, now } = installation;
  const isOld = Date.parse(online.snapshot.expires) - now < (authority.lifetimeDays.snapshot * DAY_MS) / 2;
  const snapshot = isOld
    ? await addSnapshot(installation, online.snapshot.version + 1, targets)
    : online.timestamp.meta['snapshot.json'];
  const timestamp = await addTimestamp(installation, online.timestamp.version + 1, snapshot);
  await install(installation);
  return reportOf(installation, { targets, snapshot, timestamp }, []);
}

function reportOf(
  { authority, root }: Installation,
  { targets, snapshot, timestamp }: Record<'targets' | 'snapshot' | 'timestamp', MetaFile>,
  lists: PublishReport['lists'],
): PublishReport {
  const versions = {
    root: root.version,
    targets: targets.version,
    snapshot: snapshot.version,
    timestamp: timestamp.version,
  };
  return { repository: authority.paths.repository, versions, lists };
}

async function addSnapshot(installation: Installation, version: number, targets: MetaFile): Promise<MetaFile> {
  const signed: SnapshotSigned = {
    _type: 'snapshot',
    ...headOf(installation, 'snapshot', version),
    meta: { 'targets.json': targets },
  };
  return addFile(installation, `metadata/${version}.snapshot.json`, version, await signOnline(installation, signed));
}

async function addTimestamp(installation: Installation, version: number, snapshot: MetaFile): Promise<MetaFile> {
  const signed: TimestampSigned = {
    _type: 'timestamp',
    ...headOf(installation, 'timestamp', version),
    // The lower bound of the current time on every device.
    issued: toInstant(installation.now),
    meta: { 'snapshot.json': snapshot },
  };
  return addFile(installation, 'metadata/timestamp.json', version, await signOnline(installation, signed));
}

function headOf(
  { authority, now }: Installation,
  role: OnlineRole,
  version: number,
): Pick<SnapshotSigned, 'spec_version' | 'version' | 'expires'> {
  return { spec_version: SPEC_VERSION, version, expires: toInstant(now + authority.lifetimeDays[role] * DAY_MS) };
}

async function signOnline(
  { authority, root, ask }: Installation,
  signed: SnapshotSigned | TimestampSigned,
): Promise<Uint8Array> {
  const role = signed._type;
  const publicKeys = root.roles[role].keyids.flatMap((id) => root.keys[id]?.keyval.public ?? []);
  const signer = await openOnlineKey(authority.paths.keys, role, publicKeys, ask);
  const sig = await signer.sign(canonicalJson(signed), `${role} ${signed.version} of ${authority.name}`);
  return withSignatures(signed, [{ keyid: keyIdOf(signer.publicKey), sig }]);
}

/** Adds metadata to the installation. @returns the description of the file for the next role's metadata */
function addFile({ files }: Installation, file: string, version: number, bytes: Uint8Array): MetaFile {
  files.set(file, bytes);
  return { version, length: bytes.length, hashes: { sha256: sha256Hex(bytes) } };
}

async function install({ authority, now, files }: Installation): Promise<void> {
  await checkAsClient(authority, now, files);
  await installFiles(authority.paths.repository, files);
  await writePinnedRoot(authority);
}

/** Stops a publication that clients would refuse, such as an expired or oversized one. */
async function checkAsClient(authority: Authority, now: number, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const { repository, root } = authority.paths;
  const published: TufGet = existsSync(path.join(repository, 'metadata'))
    ? openRepository(repository)
    : () => Promise.resolve(undefined);
  const get: TufGet = async (file, maxBytes) => files.get(file) ?? published(file, maxBytes);
  try {
    const first = existsSync(root) ? await readFile(root) : await get('metadata/1.root.json', Number.MAX_SAFE_INTEGER);
    if (!first) throw new Error('there is no metadata/1.root.json');
    await refresh({ state: { root: first }, get, now, save: () => Promise.resolve() });
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `apps would refuse this publication: ${messageOf(cause)}`, { cause });
  }
}

/** The first root is complete only after its first publication. */
async function writePinnedRoot({ paths }: Authority): Promise<void> {
  if (existsSync(paths.root)) return;
  await writeAtomically(paths.root, await readFile(path.join(paths.repository, 'metadata/1.root.json')));
}
