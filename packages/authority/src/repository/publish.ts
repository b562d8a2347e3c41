/**
 * Publishes: signs snapshot and timestamp online, checks the result as a client, and installs the files, the timestamp last.
 * Flow: an unsigned publication with its holders' signatures → here → `repository/`. Promise: published files are never
 * changed or deleted; readers see a consistent snapshot. Spec: docs/design/authority.md#publishing, TUF 1.0 §6.2
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '@lodestone/protocol/digest';
import { LodestoneError } from '@lodestone/protocol/error';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import {
  canonicalJson,
  type MetaFile,
  refresh,
  type Role,
  type RootSigned,
  type Signature,
  type SnapshotSigned,
  type TimestampSigned,
  type TufGet,
} from '@lodestone/trust';
import { type Authority, messageOf, type OnlineRole, openAuthority } from '../keys/authority.ts';
import type { AskPassphrase } from '../keys/key-file.ts';
import { openLocalKeys, openOnlineKey } from '../keys/local-keys.ts';
import { SPEC_VERSION } from '../keys/root.ts';
import { keyIdOf } from '../keys/signer.ts';
import { type BuildOptions, buildPublication, type Publication } from '../publication/build.ts';
import { removeDraft } from '../publication/draft.ts';
import { signedDraft } from '../publication/signed-draft.ts';
import { partsOf, withSignatures } from '../publication/parts.ts';
import { signHere } from '../publication/sign-here.ts';
import { installFiles, writeAtomically } from './atomic-files.ts';
import { sha256Hex } from './digest.ts';
import { handover, type SignTimestamp, TIMESTAMP } from './handover.ts';
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
  /** Is called with a line about the progress of a long run: locking the new rows of a locked list. */
  say?: (line: string) => void;
}

export interface PublishReport {
  /** The folder to serve: `metadata/` and `targets/`. */
  repository: string;
  versions: Record<Role, number>;
  /** Lists with a new release. */
  lists: Publication['lists'];
  /** Locked lists, with or without a new release. */
  locked: Publication['locked'];
  /** One sentence if the new root came before its timestamp, so that apps may have failed one refresh. */
  warnings: string[];
}

interface Installation {
  readonly authority: Authority;
  readonly now: number;
  readonly root: RootSigned;
  /** The root that the publication replaces. */
  readonly before?: RootSigned | undefined;
  readonly ask: AskPassphrase;
  /** The files to install, in order. */
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
  { now, onlineOnly = false, passphrase = noPassphrase, say }: PublishOptions,
): Promise<PublishReport> {
  const ask = askOnce(passphrase);
  const published = await readPublishedState(authority.paths);
  if (onlineOnly) return publishOnline({ authority, now, ask, ...beforeOf(published), files: new Map() }, published);
  const report = await publishAll(authority, published, { now, ask, say });
  await removeDraft(authority.paths);
  return report;
}

/** A publication opens some keys several times. */
function askOnce(ask: AskPassphrase): AskPassphrase {
  const answers = new Map<string, Promise<string>>();
  return (file) => {
    const answer = answers.get(file) ?? ask(file);
    answers.set(file, answer);
    return answer;
  };
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
  { now, ask, say }: { now: number; ask: AskPassphrase; say: BuildOptions['say'] },
): Promise<PublishReport> {
  const { publication, signed } =
    authority.custody === 'holders'
      ? await signedDraft(authority, published, say)
      : await signAllHere(await buildPublication(authority, published, { now, say }), ask);
  const { root, files } = publication;
  const before = signed.has('root') ? publication.before : undefined;
  const installation: Installation = { authority, now, ask, root, before, files: new Map(files) };
  const { version } = publication.targets;
  const rootBytes = signed.get('root');
  const targetsBytes = signed.get('targets') ?? new Uint8Array();
  const targets =
    version === published.online?.targets.version
      ? published.online.snapshot.meta['targets.json'] // published by a publication that stopped before its root
      : addFile(installation, `metadata/${version}.targets.json`, version, targetsBytes);
  const snapshot = await addSnapshot(installation, (published.online?.snapshot.version ?? 0) + 1, targets);
  if (rootBytes) installation.files.set(`metadata/${root.version}.root.json`, rootBytes);
  const timestamp = await addTimestamp(installation, (published.online?.timestamp.version ?? 0) + 1, snapshot);
  const warnings = await install(installation);
  return { ...reportOf(installation, { targets, snapshot, timestamp }, publication), warnings };
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
  const warnings = await install(installation);
  return { ...reportOf(installation, { targets, snapshot, timestamp }, { lists: [], locked: [] }), warnings };
}

function reportOf(
  { authority, root }: Installation,
  { targets, snapshot, timestamp }: Record<'targets' | 'snapshot' | 'timestamp', MetaFile>,
  { lists, locked }: Pick<Publication, 'lists' | 'locked'>,
): Omit<PublishReport, 'warnings'> {
  const versions = {
    root: root.version,
    targets: targets.version,
    snapshot: snapshot.version,
    timestamp: timestamp.version,
  };
  return { repository: authority.paths.repository, versions, lists, locked };
}

async function addSnapshot(installation: Installation, version: number, targets: MetaFile): Promise<MetaFile> {
  const signed: SnapshotSigned = {
    _type: 'snapshot',
    ...headOf(installation, 'snapshot', version),
    meta: { 'targets.json': targets },
  };
  const { root, before } = installation;
  const bytes = await signOnline(installation, signed, before ? [root, before] : [root]);
  return addFile(installation, `metadata/${version}.snapshot.json`, version, bytes);
}

async function addTimestamp(installation: Installation, version: number, snapshot: MetaFile): Promise<MetaFile> {
  const signed: TimestampSigned = {
    _type: 'timestamp',
    ...headOf(installation, 'timestamp', version),
    // The lower bound of the current time on every device.
    issued: toInstant(installation.now),
    meta: { 'snapshot.json': snapshot },
  };
  return addFile(installation, TIMESTAMP, version, await signOnline(installation, signed, [installation.root]));
}

function headOf(
  { authority, now }: Installation,
  role: OnlineRole,
  version: number,
): Pick<SnapshotSigned, 'spec_version' | 'version' | 'expires'> {
  return { spec_version: SPEC_VERSION, version, expires: toInstant(now + authority.lifetimeDays[role] * DAY_MS) };
}

/** Signs with a key of the first root, and with one of each other root whose private key is still in the folder. */
async function signOnline(
  { authority, ask }: Installation,
  signed: SnapshotSigned | TimestampSigned,
  [root, ...others]: readonly [RootSigned, ...RootSigned[]],
): Promise<Uint8Array> {
  const role = signed._type;
  const { keys } = authority.paths;
  const signers = [await openOnlineKey(keys, role, publicKeysOf(root, role), ask)];
  for (const other of others) signers.push(...(await openLocalKeys(keys, role, publicKeysOf(other, role), ask)));
  const signatures = new Map<Digest, Signature>();
  for (const signer of signers) {
    const keyid = keyIdOf(signer.publicKey);
    if (signatures.has(keyid)) continue;
    const sig = await signer.sign(canonicalJson(signed), `${role} ${signed.version} of ${authority.name}`);
    signatures.set(keyid, { keyid, sig });
  }
  return withSignatures(signed, [...signatures.values()]);
}

function publicKeysOf({ roles, keys }: RootSigned, role: OnlineRole): string[] {
  return roles[role].keyids.flatMap((id) => keys[id]?.keyval.public ?? []);
}

/** Adds metadata to the installation. @returns the description of the file for the next role's metadata */
function addFile({ files }: Installation, file: string, version: number, bytes: Uint8Array): MetaFile {
  files.set(file, bytes);
  return { version, length: bytes.length, hashes: { sha256: sha256Hex(bytes) } };
}

/** @returns warnings */
async function install(installation: Installation): Promise<string[]> {
  const { authority, now, files, root, before } = installation;
  await checkAsClient(authority, now, files);
  const sign: SignTimestamp = (signed, roots) => signOnline(installation, signed, roots);
  const between = before && (await handover({ repository: authority.paths.repository, files, root, before, sign }));
  const timestamp: [string, Uint8Array][] = between ? [[TIMESTAMP, between]] : [];
  await installFiles(authority.paths.repository, [...files].toSpliced(-2, 0, ...timestamp));
  await writePinnedRoot(authority);
  if (!before || between) return [];
  return [
    `root ${root.version} was installed before the timestamp, because the old online keys are gone from ${authority.paths.keys} or too few ` +
      'of the old holders signed: an app that read the new root with the old timestamp failed that refresh, and succeeds at the next',
  ];
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
