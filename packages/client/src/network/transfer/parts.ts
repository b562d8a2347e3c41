/**
 * The fixed parts of a file: 1 MiB each, cut at multiples of 1 MiB, so that every device requests the same ranges and a
 * transfer continues where it ended. Pure. Spec: docs/design/signed-inputs.md#transfers
 */
import { type Digest, LIMITS } from '@lodestone/protocol';

/** The first and the last byte of a range, as the header `Range` names them. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

export function partCount(fileBytes: number): number {
  return Math.ceil(fileBytes / LIMITS.partBytes);
}

export function rangeOf(index: number, fileBytes: number): ByteRange {
  const first = index * LIMITS.partBytes;
  return { first, last: Math.min(first + LIMITS.partBytes, fileBytes) - 1 };
}

const INDEX_DIGITS = 4;

/** A part's key in storage. The digest is the file's: parts of two files never mix. */
export function partKey(digest: Digest, index: number): string {
  return `${digest} ${String(index).padStart(INDEX_DIGITS, '0')}`;
}

/** The file and the index of a stored part. */
export function ofPartKey(key: string | number): { digest: string; index: number } {
  const [digest = '', index = ''] = String(key).split(' ');
  return { digest, index: Number(index) };
}
