/**
 * Builds the next publication without signatures: the root if it changes, the targets, and the files they name.
 * Flow: published state → new releases and staged documents → here → prepare or publish. Promise: the same folder and time give
 * the same bytes. Spec: docs/design/authority.md#publishing, TUF 1.0 §6.2 and §6.3
 */
import { parseRelease } from '@lodestone/protocol/list-file';
import { listManifestPath, type TargetFile, type TargetPath } from '@lodestone/protocol/paths';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import type { ListManifest } from '@lodestone/protocol/release';
import { type RootSigned, type TargetsSigned, targetUrlPath } from '@lodestone/trust';
import { listNames, ImportRecord } from '../import/import-record.ts';
import type { Authority } from '../keys/authority.ts';
import { nextRoot, SPEC_VERSION } from '../keys/root.ts';
import { lockList } from '../locked/lock-list.ts';
import type { LockedReport } from '../locked/report.ts';
import { buildRelease, buildSuppression } from '../release/build.ts';
import { sha256Hex } from '../repository/digest.ts';
import { type PublishedState, readRelease } from '../repository/published-state.ts';
import { readStagedTargets } from '../repository/staged-targets.ts';
import type { Unsigned } from './parts.ts';

export interface Publication extends Unsigned {
  authority: Authority;
  /** When it was built, in ms since 1970. */
  builtAt: number;
  /** The root in force after it. */
  root: RootSigned;
  /** Path in the repository → bytes of each file that targets name and that could be new. */
  files: Map<string, Uint8Array>;
  /** Lists with a new release. */
  lists: Pick<ListManifest, 'list' | 'version' | 'counts'>[];
  /** Locked lists, with or without a new release. */
  locked: LockedReport[];
}

export interface BuildOptions {
  now: number;
  /** Is called with a line about the progress of a long run: locking the new rows of a locked list. */
  say?: ((line: string) => void) | undefined;
}

export async function buildPublication(
  authority: Authority,
  published: PublishedState,
  options: BuildOptions,
): Promise<Publication> {
  const { now } = options;
  const next = nextRoot(authority, published.root, now);
  const root = next ?? published.root;
  if (!root) throw new Error('nextRoot makes a root if there is none');
  const { targets, files, lists, locked } = await collectTargets(authority, published, options);
  const signed: TargetsSigned = {
    _type: 'targets',
    spec_version: SPEC_VERSION,
    version: (published.online?.targets.version ?? 0) + 1,
    expires: toInstant(now + authority.lifetimeDays.targets * DAY_MS),
    targets: Object.fromEntries(targets.map(({ path, length, sha256 }) => [path, { length, hashes: { sha256 } }])),
  };
  return {
    authority,
    builtAt: now,
    before: published.root,
    nextRoot: next,
    root,
    targets: signed,
    files,
    lists,
    locked,
  };
}

type Collected = Pick<Publication, 'files' | 'lists' | 'locked'> & { targets: TargetFile[] };

/** All targets to sign: staged documents and each list's newest release, rebuilt if necessary. */
async function collectTargets(
  authority: Authority,
  published: PublishedState,
  { now, say = () => {} }: BuildOptions,
): Promise<Collected> {
  const collected: Collected = { targets: [], files: new Map(), lists: [], locked: [] };
  for (const [target, bytes] of await readStagedTargets(authority.paths)) addTarget(collected, target, bytes);
  for (const list of await listNames(authority.paths.record)) {
    const record = await ImportRecord.open(authority.paths.record, list);
    const before = await readRelease(authority.paths, published.files, listManifestPath(list));
    const locked =
      record.form === 'locked'
        ? await lockList(authority.paths, { list, published: before && parseRelease(before.file), say })
        : undefined;
    if (locked) collected.locked.push(locked.report);
    const built = buildRelease(record, before, { now, days: authority.lifetimeDays.list, locked });
    if (built) {
      for (const [target, bytes] of built.targets) addTarget(collected, target, bytes);
      collected.lists.push({ list, version: built.manifest.version, counts: built.manifest.counts });
    } else if (before) {
      const manifestFile = published.files.get(listManifestPath(list));
      collected.targets.push(before.manifest.file, ...(manifestFile ? [manifestFile] : []));
    }
    for (const [target, bytes] of buildSuppression(record)) addTarget(collected, target, bytes);
  }
  return collected;
}

function addTarget({ targets, files }: Collected, path: TargetPath, bytes: Uint8Array): void {
  const file: TargetFile = { path, length: bytes.length, sha256: sha256Hex(bytes) };
  targets.push(file);
  files.set(targetUrlPath(file), bytes);
}
