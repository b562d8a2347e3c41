/**
 * Is this file the release that the manifest names, and is it still valid?
 * Flow: manifest and file, each checked as a target → here → sandbox. Devices check the SHA-256 and the layout, in pieces;
 * auditors also check the Merkle root (proof/). Spec: docs/design/contracts.md#list-release
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { createListCheck, type ListCounts, parseRelease, type Release } from '@lodestone/protocol/list-file';
import { fromInstant } from '@lodestone/protocol/time';
import type { ListManifest } from '@lodestone/protocol/release';
import { checkTarget, createTargetCheck, type TargetCheck } from './target.ts';

/** @throws {LodestoneError} `ERR_TRUST_DIGEST` for another file, `ERR_LIST_FORMAT` for an invalid layout or counts that differ. */
export function checkRelease(manifest: ListManifest, file: Uint8Array<ArrayBuffer>): Release {
  checkTarget(manifest.file, file);
  const release = parseRelease(file);
  const { pdq, locked, sha256, vpdq } = release;
  checkCounts(manifest, {
    lockedSlots: locked?.slots ?? 0,
    pdq: (locked ?? pdq).count,
    sha256: sha256.count,
    vpdq: vpdq.count,
  });
  return release;
}

/**
 * `checkRelease` for a file that arrives in pieces: the caller passes at most 256 KiB at a time, and yields between them.
 * A wrong layout is reported at the end, after the digest: only then it is the authority's, and no error of the transfer.
 */
export function createReleaseCheck(manifest: ListManifest): TargetCheck {
  const target = createTargetCheck(manifest.file);
  const list = createListCheck(manifest.file.length);
  let layoutError: Error | undefined;
  return {
    update(bytes) {
      target.update(bytes);
      try {
        if (layoutError === undefined) list.update(bytes);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        layoutError = error;
      }
    },
    finish() {
      target.finish();
      if (layoutError !== undefined) throw layoutError;
      checkCounts(manifest, list.finish());
    },
  };
}

function checkCounts({ list, version, form, counts }: ListManifest, found: Omit<ListCounts, 'frames'>): void {
  const stated = { ...counts, locked: form === 'locked' };
  const counted = { ...found, locked: found.lockedSlots > 0 };
  for (const what of ['pdq', 'sha256', 'vpdq', 'locked'] as const) {
    if (stated[what] !== counted[what]) {
      throw new LodestoneError(
        'ERR_LIST_FORMAT',
        `list ${list} ${version}: the manifest states ${what}: ${stated[what]}, but the file has ${counted[what]}`,
      );
    }
  }
}

export function releaseInForce(manifest: Pick<ListManifest, 'notAfter'>, now: number): boolean {
  return now < fromInstant(manifest.notAfter);
}
