/**
 * Builds, signs and writes a publication. Flow: published state → new releases and staged documents → targets → snapshot →
 * timestamp → checked as a client → files installed, the timestamp last.
 * Promise: published files are never changed or deleted, so concurrent readers always see a consistent snapshot.
 * Spec: docs/design/authority.md#publishing, TUF 1.0 §6.2 and §6.3
 */
import { readFile } from 'node:fs/promises';
import { Metadata, MetaFile, Root, Snapshot, TargetFile as TufTargetFile, Targets, Timestamp } from '@tufjs/models';
import { LodestoneError } from '@lodestone/protocol/error';
import { listManifestPath, type TargetFile, type TargetPath } from '@lodestone/protocol/paths';
import { DAY_MS, type Instant, toInstant } from '@lodestone/protocol/time';
import type { ListManifest } from '@lodestone/protocol/release';
import { refresh, type Role, targetUrlPath, type TufGet } from '@lodestone/trust';
import { type Authority, messageOf, openAuthority } from '../keys/authority.ts';
import { SPEC_VERSION } from '../keys/init.ts';
import { signedBytes, signersOf } from '../keys/keys.ts';
import { listNames, ImportRecord } from '../import/import-record.ts';
import { buildRelease, buildSuppression } from '../release/build.ts';
import { sha256Hex } from './digest.ts';
import { installFiles } from './atomic-files.ts';
import { type PublishedState, readPublishedState, readRelease } from './published-state.ts';
import { openRepository } from './reader.ts';
import { readStagedTargets } from './staged-targets.ts';

export interface PublishOptions {
  directory: string;
  now: number;
  /**
   * Sign only with the online keys: a new timestamp, and a new snapshot if less than half of its days remain. Staged and
   * imported data is not published. Default: false.
   */
  onlineOnly?: boolean;
}

export interface PublishReport {
  /** The folder to serve: `metadata/` and `targets/`. */
  repository: string;
  versions: Record<Role, number>;
  /** Lists with a new release. */
  lists: Pick<ListManifest, 'list' | 'version' | 'counts'>[];
}

/** A publication that is being built: the files to install, in order. */
interface Draft {
  readonly authority: Authority;
  readonly now: number;
  readonly root: Root;
  readonly files: Map<string, Uint8Array>;
}

/**
 * @throws {LodestoneError} `ERR_REPOSITORY` if keys are missing, the repository does not verify, or apps would refuse the
 * publication; `ERR_LIST_FORMAT`, `ERR_SIZE` for a list over its limits
 */
export async function publish({ directory, now, onlineOnly = false }: PublishOptions): Promise<PublishReport> {
  const authority = await openAuthority(directory);
  const published = await readPublishedState(authority.paths);
  const draft: Draft = { authority, now, files: new Map(), root: published.root };
  const report = onlineOnly ? await publishOnline(draft, published) : await publishAll(draft, published);
  await checkAsClient(draft);
  await installFiles(authority.paths.repository, draft.files);
  return report;
}

/** Stops a publication that clients would refuse, such as an expired or oversized one. */
async function checkAsClient({ authority, now, files }: Draft): Promise<void> {
  const { repository, root } = authority.paths;
  const published = openRepository(repository);
  const get: TufGet = async (file, maxBytes) => files.get(file) ?? published(file, maxBytes);
  try {
    await refresh({ state: { root: await readFile(root) }, get, now, save: () => Promise.resolve() });
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `apps would refuse this publication: ${messageOf(cause)}`, { cause });
  }
}

async function publishAll(before: Draft, published: PublishedState): Promise<PublishReport> {
  const draft = { ...before, root: await renewedRoot(before) };
  const { files, lists } = await collectTargets(draft, published);
  const { online } = published;
  const targets = await addTargets(draft, (online?.snapshot.meta['targets.json']?.version ?? 0) + 1, files);
  const snapshot = await addSnapshot(draft, (online?.snapshot.version ?? 0) + 1, targets);
  const timestamp = await addTimestamp(draft, (online?.timestamp.version ?? 0) + 1, snapshot);
  return reportOf(draft, [targets, snapshot, timestamp], lists);
}

async function publishOnline(draft: Draft, { online }: PublishedState): Promise<PublishReport> {
  const targets = online?.snapshot.meta['targets.json'];
  if (!online || !targets)
    throw new LodestoneError('ERR_REPOSITORY', 'nothing has been published yet: run "publish" with all keys first');
  const { snapshot: before, timestamp } = online;
  const old = isOld(draft, 'snapshot', before.expires);
  const snapshot = old ? await addSnapshot(draft, before.version + 1, targets) : timestamp.snapshotMeta;
  return reportOf(draft, [targets, snapshot, await addTimestamp(draft, timestamp.version + 1, snapshot)], []);
}

function reportOf(
  { authority, root }: Draft,
  [targets, snapshot, timestamp]: [MetaFile, MetaFile, MetaFile],
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

/** All targets to sign: staged documents and each list's newest release, rebuilt if necessary. */
async function collectTargets(
  draft: Draft,
  published: PublishedState,
): Promise<{ files: TargetFile[]; lists: PublishReport['lists'] }> {
  const { authority, now } = draft;
  const files = [...(await readStagedTargets(authority.paths))].map(([target, bytes]) =>
    addTarget(draft, target, bytes),
  );
  const lists: PublishReport['lists'] = [];
  for (const list of await listNames(authority.paths.record)) {
    const record = await ImportRecord.open(authority.paths.record, list);
    const before = await readRelease(authority.paths, published.files, listManifestPath(list));
    const built = buildRelease(record, before, { now, days: authority.lifetimeDays.list });
    if (built) {
      for (const [target, bytes] of built.targets) files.push(addTarget(draft, target, bytes));
      lists.push({ list, version: built.manifest.version, counts: built.manifest.counts });
    } else if (before) {
      const manifestFile = published.files.get(listManifestPath(list));
      files.push(before.manifest.file, ...(manifestFile ? [manifestFile] : []));
    }
    for (const [target, bytes] of buildSuppression(record)) files.push(addTarget(draft, target, bytes));
  }
  return { files, lists };
}

function addTarget({ files }: Draft, target: TargetPath, bytes: Uint8Array): TargetFile {
  const file: TargetFile = { path: target, length: bytes.length, sha256: sha256Hex(bytes) };
  files.set(targetUrlPath(file), bytes);
  return file;
}

async function addTargets(draft: Draft, version: number, files: readonly TargetFile[]): Promise<MetaFile> {
  const targets = new Targets(headOf(draft, 'targets', version));
  for (const { path: target, length, sha256 } of files) {
    targets.addTarget(new TufTargetFile({ path: target, length, hashes: { sha256 } }));
  }
  return add(draft, 'targets', `metadata/${version}.targets.json`, targets);
}

async function addSnapshot(draft: Draft, version: number, targets: MetaFile): Promise<MetaFile> {
  const snapshot = new Snapshot({ ...headOf(draft, 'snapshot', version), meta: { 'targets.json': targets } });
  return add(draft, 'snapshot', `metadata/${version}.snapshot.json`, snapshot);
}

async function addTimestamp(draft: Draft, version: number, snapshotMeta: MetaFile): Promise<MetaFile> {
  // `issued` is the lower bound of the current time on every device.
  const unrecognizedFields = { issued: toInstant(draft.now) };
  const timestamp = new Timestamp({ ...headOf(draft, 'timestamp', version), snapshotMeta, unrecognizedFields });
  return add(draft, 'timestamp', 'metadata/timestamp.json', timestamp);
}

/** The current root, or its successor with the same keys if less than half of its days remain. */
async function renewedRoot(draft: Draft): Promise<Root> {
  const { root } = draft;
  if (!isOld(draft, 'root', root.expires)) return root;
  const next = Root.fromJSON({ ...root.toJSON(), version: root.version + 1, expires: expiryOf(draft, 'root') });
  await add(draft, 'root', `metadata/${next.version}.root.json`, next);
  return next;
}

/** Signs metadata and adds it to the draft. @returns the description of the file for the next role's metadata */
async function add(
  draft: Draft,
  role: Role,
  file: string,
  signed: Root | Targets | Snapshot | Timestamp,
): Promise<MetaFile> {
  const signers = await signersOf(draft.authority.paths.keys, role, draft.root);
  const bytes = signedBytes(new Metadata(signed), signers);
  draft.files.set(file, bytes);
  return new MetaFile({ version: signed.version, length: bytes.length, hashes: { sha256: sha256Hex(bytes) } });
}

function headOf(draft: Draft, role: Role, version: number): { version: number; specVersion: string; expires: Instant } {
  return { version, specVersion: SPEC_VERSION, expires: expiryOf(draft, role) };
}

function expiryOf({ authority, now }: Draft, role: Role): Instant {
  return toInstant(now + authority.lifetimeDays[role] * DAY_MS);
}

function isOld({ authority, now }: Draft, role: Role, expires: string): boolean {
  return Date.parse(expires) - now < (authority.lifetimeDays[role] * DAY_MS) / 2;
}
