/**
 * Reads what an authority has published and verifies it as a client does, except for expiry. Flow: prepare, publish and a
 * holder's review start here. Promise: a repository that was changed by hand is refused.
 * Spec: docs/design/authority.md#publishing, TUF 1.0 §6.3
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import type { TargetFile, TargetPath } from '@lodestone/protocol/paths';
import { parseManifest } from '@lodestone/protocol/release';
import {
  checkRelease,
  checkTarget,
  parseMetadata,
  readTrusted,
  type RootSigned,
  type SnapshotSigned,
  type TargetsSigned,
  targetUrlPath,
  type TimestampSigned,
} from '@lodestone/trust';
import { messageOf, type Paths } from '../keys/authority.ts';
import type { PublishedRelease } from '../release/build.ts';

export interface PublishedState {
  /** The newest root. Absent before an authority with holders has published. */
  root?: RootSigned;
  /** Absent before the first publication. */
  online?: { timestamp: TimestampSigned; snapshot: SnapshotSigned; targets: TargetsSigned };
  files: ReadonlyMap<TargetPath, TargetFile>;
}

/** @throws {LodestoneError} `ERR_REPOSITORY` if the repository does not verify */
export async function readPublishedState({ repository }: Pick<Paths, 'repository'>): Promise<PublishedState> {
  const metadata = path.join(repository, 'metadata');
  try {
    const version = await newestRootVersion(metadata);
    if (version === 0) return { files: new Map() };
    const roots = await Promise.all([version, version - 1].map(async (number) => readRoot(metadata, number)));
    const [newest] = roots;
    if (!newest) throw new Error(`metadata/${version}.root.json is missing`);
    const root = parseMetadata('root', newest).signed;
    if (!existsSync(path.join(metadata, 'timestamp.json'))) return { root, files: new Map() };
    return { root, ...(await readOnline(metadata, roots)) };
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${repository} does not verify: ${messageOf(cause)}`, { cause });
  }
}

/** Timestamp, snapshot and targets, verified with the newest root, or with the one before if a publication stopped between root and timestamp. */
async function readOnline(
  metadata: string,
  roots: readonly (Uint8Array | undefined)[],
): Promise<Required<Pick<PublishedState, 'online' | 'files'>>> {
  const timestampBytes = await readFile(path.join(metadata, 'timestamp.json'));
  const timestamp = parseMetadata('timestamp', timestampBytes).signed;
  const snapshotBytes = await readFile(path.join(metadata, `${timestamp.meta['snapshot.json'].version}.snapshot.json`));
  const snapshot = parseMetadata('snapshot', snapshotBytes).signed;
  const targetsBytes = await readFile(path.join(metadata, `${snapshot.meta['targets.json'].version}.targets.json`));
  const targets = parseMetadata('targets', targetsBytes).signed;
  for (const root of roots) {
    if (!root) continue;
    const state = { root, timestamp: timestampBytes, snapshot: snapshotBytes, targets: targetsBytes };
    const trusted = await readTrusted(state);
    if (trusted && trusted.timestampVersion > 0)
      return { online: { timestamp, snapshot, targets }, files: trusted.files };
  }
  throw new Error('the metadata is not signed with these keys');
}

async function readRoot(metadata: string, version: number): Promise<Uint8Array | undefined> {
  const file = path.join(metadata, `${version}.root.json`);
  return existsSync(file) ? readFile(file) : undefined;
}

/** 0 if there is none. */
export async function newestRootVersion(metadata: string): Promise<number> {
  if (!existsSync(metadata)) return 0;
  const versions = (await readdir(metadata)).flatMap((name) => /^(\d+)\.root\.json$/.exec(name)?.[1] ?? []).map(Number);
  return Math.max(0, ...versions);
}

/** A list's published release. @throws {LodestoneError} `ERR_REPOSITORY` if its files do not verify */
export async function readRelease(
  { repository }: Paths,
  files: PublishedState['files'],
  manifestPath: TargetPath,
): Promise<PublishedRelease | undefined> {
  const manifestFile = files.get(manifestPath);
  if (!manifestFile) return undefined;
  try {
    const bytes = await readFile(path.join(repository, targetUrlPath(manifestFile)));
    checkTarget(manifestFile, bytes);
    const manifest = parseManifest(bytes);
    const file = new Uint8Array(await readFile(path.join(repository, targetUrlPath(manifest.file))));
    checkRelease(manifest, file);
    return { manifest, file };
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${repository}, ${manifestPath}: ${messageOf(cause)}`, { cause });
  }
}
