/**
 * Reads what an authority has published and verifies it as a client does, except for expiry. Flow: `publish` starts here.
 * Promise: a repository that was changed by hand is refused. Spec: docs/design/authority.md#publishing, TUF 1.0 §6.3
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Metadata, MetadataKind, type Root, type Snapshot, type Timestamp } from '@tufjs/models';
import { LodestoneError } from '@lodestone/protocol/error';
import type { TargetFile, TargetPath } from '@lodestone/protocol/paths';
import { parseManifest } from '@lodestone/protocol/release';
import { checkRelease, checkTarget, readTrusted, targetUrlPath } from '@lodestone/trust';
import { messageOf, type Paths } from '../keys/authority.ts';
import type { PublishedRelease } from '../release/build.ts';

export interface PublishedState {
  root: Root;
  /** Absent before the first publication. */
  online?: { timestamp: Timestamp; snapshot: Snapshot; targetsExpire: string };
  files: ReadonlyMap<TargetPath, TargetFile>;
}

/** @throws {LodestoneError} `ERR_REPOSITORY` if the repository does not verify */
export async function readPublishedState({ repository }: Paths): Promise<PublishedState> {
  const metadata = path.join(repository, 'metadata');
  try {
    const rootBytes = await readFile(path.join(metadata, `${await newestRoot(metadata)}.root.json`));
    const root = Metadata.fromJSON(MetadataKind.Root, JSON.parse(rootBytes.toString())).signed;
    if (!existsSync(path.join(metadata, 'timestamp.json'))) return { root, files: new Map() };

    const timestampBytes = await readFile(path.join(metadata, 'timestamp.json'));
    const timestamp = Metadata.fromJSON(MetadataKind.Timestamp, JSON.parse(timestampBytes.toString())).signed;
    const snapshotBytes = await readFile(path.join(metadata, `${timestamp.snapshotMeta.version}.snapshot.json`));
    const snapshot = Metadata.fromJSON(MetadataKind.Snapshot, JSON.parse(snapshotBytes.toString())).signed;
    const targetsBytes = await readFile(path.join(metadata, `${snapshot.meta['targets.json']?.version}.targets.json`));
    const targets = Metadata.fromJSON(MetadataKind.Targets, JSON.parse(targetsBytes.toString())).signed;
    const trusted = await readTrusted({
      root: rootBytes,
      timestamp: timestampBytes,
      snapshot: snapshotBytes,
      targets: targetsBytes,
    });
    if (!trusted || trusted.timestampVersion === 0) throw new Error('the metadata is not signed with these keys');
    return { root, online: { timestamp, snapshot, targetsExpire: targets.expires }, files: trusted.files };
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${repository} does not verify: ${messageOf(cause)}`, { cause });
  }
}

async function newestRoot(metadata: string): Promise<number> {
  const versions = (await readdir(metadata)).flatMap((name) => /^(\d+)\.root\.json$/.exec(name)?.[1] ?? []).map(Number);
  return Math.max(...versions);
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
