/**
 * Looks a content's digest and hashes up, line by line of the plan. Pure. Flow: hash → here → verdict.
 * Promise: one finding a line at most: an exact one, else the nearest, then the first row; suppressed entries never.
 */
import type { Index } from '@lodestone/pdq';
import { LIMITS } from '@lodestone/protocol/limits';
import type { PlanList } from '@lodestone/protocol/sandbox';
import type { KnownFinding } from '@lodestone/protocol/verdict';

/** Rows of 32 bytes in rising order, and their entries; 0 where the entry does not count. */
export interface ListedRows {
  readonly payloads: Uint8Array;
  readonly entries: Uint32Array;
}

/** A line of the plan with its list. */
export interface PlanLine extends PlanList {
  /** Its place in the plan. */
  readonly index: number;
  readonly pdq: Pick<ListedRows, 'entries'> & { readonly index: Pick<Index, 'queryBatch'> };
  readonly sha256: ListedRows;
}

/** A picture's hashes: its own, and those of the seven other orientations. */
export interface PictureHashes {
  readonly quality: number;
  readonly own: Uint8Array;
  readonly turned: readonly Uint8Array[];
}

const ROW = 32;

/** Whether a digest of the whole content can be found at all, so that it is worth its time. */
export function wantsDigest(lines: readonly PlanLine[]): boolean {
  return lines.some(({ sha256 }) => sha256.entries.length > 0);
}

/** Whether any of the lines looks up turned pictures. */
export function wantsTurned(lines: readonly PlanLine[]): boolean {
  return lines.some(({ variants }) => variants.includes('orientations'));
}

export function matchExact(lines: readonly PlanLine[], digest: Uint8Array): KnownFinding[] {
  return lines.flatMap(({ index, sha256 }) => {
    const entry = sha256.entries[findRow(sha256.payloads, digest)] ?? 0;
    return entry === 0 ? [] : [{ kind: 'known', list: index, entry, match: 'exact', distance: 0 }];
  });
}

export function matchNear(lines: readonly PlanLine[], hashes: PictureHashes): KnownFinding[] {
  return lines.flatMap((line) => {
    if (hashes.quality < line.minQuality) return [];
    const queries = line.variants.includes('orientations') ? [hashes.own, ...hashes.turned] : [hashes.own];
    const nearest = line.pdq.index
      .queryBatch(queries, line.maxDistance)
      .flat()
      .map(({ row, distance }) => ({ row, distance, entry: line.pdq.entries[row] ?? 0 }))
      .filter(({ entry }) => entry !== 0)
      .sort((a, b) => a.distance - b.distance || a.row - b.row)[0];
    if (!nearest) return [];
    return [{ kind: 'known', list: line.index, entry: nearest.entry, match: 'near', distance: nearest.distance }];
  });
}

/** One finding a line, exact before near; those that a verdict has no space for are the farthest. */
export function chooseFindings(exact: readonly KnownFinding[], near: readonly KnownFinding[]): KnownFinding[] {
  const lines = new Set(exact.map(({ list }) => list));
  const rank = ({ match, distance }: KnownFinding): number => (match === 'exact' ? -1 : distance);
  return [...exact, ...near.filter(({ list }) => !lines.has(list))]
    .sort((a, b) => rank(a) - rank(b) || a.list - b.list)
    .slice(0, LIMITS.findings);
}

/** Binary search; −1 where the digest is not among the rows. */
function findRow(payloads: Uint8Array, digest: Uint8Array): number {
  let low = 0;
  let high = payloads.length / ROW - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareToRow(digest, payloads, middle * ROW);
    if (order === 0) return middle;
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return -1;
}

function compareToRow(digest: Uint8Array, payloads: Uint8Array, at: number): number {
  for (let i = 0; i < ROW; i++) {
    const difference = (digest[i] ?? 0) - (payloads[at + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
