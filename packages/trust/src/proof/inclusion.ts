/**
 * Proof that a release has a record at an index; verification needs only the signed root. Flow: `lodestone-audit list`.
 * Spec: docs/design/audit.md#list, RFC 6962 §2.1.1 (audit paths)
 */
import { equalBytes, fromHex, toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type ListRecord, records, type Release } from '@lodestone/protocol/list-file';
import type { Digest } from '@lodestone/protocol/digest';
import { leafHash, type ListTree, nodeHash, splitAt } from './merkle.ts';

export interface Inclusion {
  record: ListRecord;
  /** In file order, from 0. */
  index: number;
  /** Hashes of the siblings, from the leaf up. */
  path: Digest[];
}

/** @throws {RangeError} if the release has no such index */
export function proveInclusion(release: Release, index: number): Inclusion {
  const all = [...records(release)];
  const record = all[index];
  if (!record) throw new RangeError(`index ${index} of ${all.length} records`);
  const path: Digest[] = [];
  const leaves = all.map(leafHash);
  let [from, to] = [0, leaves.length];
  while (to - from > 1) {
    const middle = from + splitAt(to - from);
    const sibling = index < middle ? hashRange(leaves, middle, to) : hashRange(leaves, from, middle);
    path.unshift(toHex(sibling) as Digest);
    [from, to] = index < middle ? [from, middle] : [middle, to];
  }
  return { record, index, path };
}

function hashRange(leaves: readonly Uint8Array[], from: number, to: number): Uint8Array {
  const only = leaves[from];
  if (only && to - from === 1) return only;
  const middle = from + splitAt(to - from);
  return nodeHash(hashRange(leaves, from, middle), hashRange(leaves, middle, to));
}

/** @throws {LodestoneError} `ERR_TRUST_PROOF` if the path does not lead to the root */
export function verifyInclusion({ root, size }: ListTree, { record, index, path }: Inclusion): void {
  if (!Number.isInteger(index) || index < 0 || index >= size)
    throw noProof(`index ${index} is outside the ${size} records`);
  const sides = siblingSides(index, size);
  if (sides.length !== path.length) throw noProof(`the path has ${path.length} hashes, but needs ${sides.length}`);
  const top = sides.reduce((hash, side, i) => {
    const text = path[i] ?? '';
    if (!/^[0-9a-f]{64}$/.test(text)) throw noProof('a hash of the path is not 32 bytes in hex');
    const sibling = fromHex(text);
    return side === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }, leafHash(record));
  if (!equalBytes(top, fromHex(root))) throw noProof('the path does not lead to the root');
}

/** The side of each sibling, from the leaf up. */
function siblingSides(index: number, size: number): ('left' | 'right')[] {
  const sides: ('left' | 'right')[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitAt(to - from);
    sides.unshift(index < middle ? 'right' : 'left');
    [from, to] = index < middle ? [from, middle] : [middle, to];
  }
  return sides;
}

export function noProof(why: string): LodestoneError<'ERR_TRUST_PROOF'> {
  return new LodestoneError('ERR_TRUST_PROOF', `Merkle proof: ${why}`);
}
