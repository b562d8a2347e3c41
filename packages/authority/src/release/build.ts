/**
 * A list's record becomes a release: the `.lode` file, its manifest, and the suppression of entries between releases.
 * Flow: publish → here → targets. Promise: a new version exactly where there is something new to list, or the last one
 * is past half of its time. Spec: DESIGN §4 (ListRelease).
 */
import { parseRelease, printRelease, records, type Release } from '@lodestone/protocol/list-file';
import { listFilePath, listManifestPath, suppressionPath, type TargetPath } from '@lodestone/protocol/paths';
import { DAY_MS, fromInstant, toInstant } from '@lodestone/protocol/time';
import { type ListManifest, printManifest, printSuppression } from '@lodestone/protocol/release';
import { merkleRoot } from '@lodestone/trust';
import type { ListRecord } from '../import/record.ts';
import { sha256Hex } from '../repository/digest.ts';

/** The release that is published now. */
export interface PublishedRelease {
  manifest: ListManifest;
  file: Uint8Array<ArrayBuffer>;
}

export interface BuiltRelease {
  manifest: ListManifest;
  /** Target path → bytes: the `.lode` file and its manifest. */
  targets: Map<TargetPath, Uint8Array>;
}

/** The next release, or `undefined` where the one before still serves. */
export function buildRelease(
  record: ListRecord,
  before: PublishedRelease | undefined,
  { now, days }: { now: number; days: number },
): BuiltRelease | undefined {
  if (before && !isOld(before.manifest, now, days) && !hasMore(record, before.file)) return undefined;
  const file = printRelease(record.active());
  const release = parseRelease(file);
  const version = (before?.manifest.version ?? 0) + 1;
  const path = listFilePath(record.list, version);
  const manifest: ListManifest = {
    schema: 'lodestone/list/v1',
    list: record.list,
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

/** Is there a row to list that the file has not? Rows that were suppressed leave with the next release. */
function hasMore(record: ListRecord, file: Uint8Array<ArrayBuffer>): boolean {
  let missing = record.activeCount;
  for (const row of records(parseRelease(file))) {
    const entry = record.entryOf(row);
    if (entry !== undefined && !record.isSuppressed(entry)) missing--;
  }
  return missing > 0;
}

/** All entries that were ever suppressed, as devices may hold an older release; none where there are none. */
export function buildSuppression(record: ListRecord): Map<TargetPath, Uint8Array> {
  const { list, suppressed: entries } = record;
  if (entries.length === 0) return new Map();
  const bytes = printSuppression({ schema: 'lodestone/suppression/v1', list, entries });
  return new Map([[suppressionPath(listManifestPath(list)), bytes]]);
}
