/**
 * Is this file the release that the manifest names, and is it still valid?
 * Flow: manifest and file, each checked as a target → here → sandbox. Devices check the SHA-256; auditors also check the
 * Merkle root (proof/). Spec: docs/design/contracts.md#list-release
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { parseRelease, type Release } from '@lodestone/protocol/list-file';
import { fromInstant } from '@lodestone/protocol/time';
import type { ListManifest } from '@lodestone/protocol/release';
import { checkTarget } from './target.ts';

/** @throws {LodestoneError} `ERR_TRUST_DIGEST` for another file, `ERR_LIST_FORMAT` for an invalid layout or counts that differ. */
export function checkRelease(manifest: ListManifest, file: Uint8Array<ArrayBuffer>): Release {
  checkTarget(manifest.file, file);
  const release = parseRelease(file);
  for (const type of ['pdq', 'sha256', 'vpdq'] as const) {
    const [stated, counted] = [manifest.counts[type], release[type].count];
    if (stated !== counted) {
      throw new LodestoneError(
        'ERR_LIST_FORMAT',
        `list ${manifest.list} ${manifest.version}: the manifest states ${stated} ${type} records, but the file has ${counted}`,
      );
    }
  }
  return release;
}

export function releaseInForce(manifest: Pick<ListManifest, 'notAfter'>, now: number): boolean {
  return now < fromInstant(manifest.notAfter);
}
