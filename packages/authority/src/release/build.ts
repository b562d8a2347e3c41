/**
 * Builds a list release from the list's record: the `.lode` file, its manifest, and the list of suppressed entries.
 * Flow: publish → here → targets. Promise: a new version only if there are new rows, or less than half of the days of the
 * last release remain. Spec: docs/design/contracts.md#list-release, docs/design/authority.md#publishing
 */
import { parseRelease, printRelease, records, type Release } from '@lodestone/protocol/list-file';
import { listFilePath, listManifestPath, suppressionPath, type TargetPath } from '@lodestone/protocol/paths';
import { DAY_MS, fromInstant, toInstant } from '@lodestone/protocol/time';
import { type ListManifest, printManifest, printSuppression } from '@lodestone/protocol/release';
import { merkleRoot } from '@lodestone/trust';
import type { ImportRecord } from '../import/import-record.ts';
import { sha256Hex } from '../repository/digest.ts';

/** The release in the repository. */
export interface PublishedRelease {
  manifest: ListManifest;
  file: Uint8Array<ArrayBuffer>;
}

export interface BuiltRelease {
  manifest: ListManifest;
  /** Target path → bytes: the `.lode` file and its manifest. */
  targets: Map<TargetPath, Uint8Array>;
}

/** The next release, or undefined if the published one is still current. */
export function buildRelease(
  record: ImportRecord,
  before: PublishedRelease | undefined,
  { now, days }: { now: number; days: number },
): BuiltRelease | undefined {
  if (before && !isOld(before.manifest, now, days) && !hasNewRows(record, before.file)) return undefined;
  const file = printRelease(record.active());
  const release = parseRelease(file);
  const version = (before?.manifest.version ?? 0) + 1;
  const path = listFilePath(record.list, version);
  const manifest: ListManifest = {
    schema: 'lodestone/list/v1',
    list: record.list,
    purpose: record.purpose,
    version,
    counts: countsOf(release),
    file: { path, length: file.length, sha256: sha256Hex(file) },
    merkleRoot: merkleRoot(release),
    notAfter: toInstant(now + days * DAY_MS),
  };
  const targets = new Map<TargetPath, Uint8Array>([
    [path, file],
    [listManifestPath(record.list), printManifest(manifest)],
  ]);
  return { manifest, targets };
}

function countsOf({ pdq, sha256, vpdq }: Release): ListManifest['counts'] {
  return { pdq: pdq.count, sha256: sha256.count, vpdq: vpdq.count };
}

function isOld({ notAfter }: ListManifest, now: number, days: number): boolean {
  return fromInstant(notAfter) - now < (days * DAY_MS) / 2;
}

/** Suppressed rows alone are no reason for a new release: they are left out of the next one. */
function hasNewRows(record: ImportRecord, file: Uint8Array<ArrayBuffer>): boolean {
  let missing = record.activeCount;
  for (const row of records(parseRelease(file))) {
    if (row.type === 'locked') continue;
    const entry = record.entryOf({ ...row, type: row.type });
    if (entry !== undefined && !record.isSuppressed(entry)) missing--;
  }
  return missing > 0;
}

/** Lists every entry ever suppressed, because devices may have an older release. Empty without suppressed entries. */
export function buildSuppression(record: ImportRecord): Map<TargetPath, Uint8Array> {
  const { list, suppressed: entries } = record;
  if (entries.length === 0) return new Map();
  const bytes = printSuppression({ schema: 'lodestone/suppression/v1', list, entries });
  return new Map([[suppressionPath(listManifestPath(list)), bytes]]);
}
