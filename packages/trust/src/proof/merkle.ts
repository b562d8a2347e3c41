/**
 * The Merkle tree over a release's records, in file order. Devices with the same root have the same list.
 * Leaf: record type u8 ‖ entry u32 little-endian ‖ payload. Spec: docs/design/contracts.md#list-release, RFC 6962 §2.1
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '@lodestone/protocol/bytes';
import { type ListRecord, RECORD_TYPE, records, type Release } from '@lodestone/protocol/list-file';
import type { Digest } from '@lodestone/protocol/digest';
import type { ListManifest } from '@lodestone/protocol/release';

/** The root does not determine the number of leaves. The manifest's counts do, and both are signed. */
export interface ListTree {
  root: Digest;
  size: number;
}

export function listTree({ merkleRoot, counts }: ListManifest): ListTree {
  return { root: merkleRoot, size: counts.pdq + counts.sha256 + counts.vpdq };
}

export function leafHash({ type, entry, payload }: ListRecord): Uint8Array {
  const head = new Uint8Array(6); // the first byte, 0, distinguishes leaves from nodes
  const view = new DataView(head.buffer);
  view.setUint8(1, RECORD_TYPE[type]);
  view.setUint32(2, entry, true);
  return sha256.create().update(head).update(payload).digest();
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256.create().update(NODE).update(left).update(right).digest();
}
const NODE = Uint8Array.of(1);

/** The root of a release's tree, in one pass. Memory grows with the tree's height only. */
export function merkleRoot(release: Release): Digest {
  /** Roots of full subtrees, each at least twice the next; `width` in leaves. */
  const subtrees: { width: number; hash: Uint8Array }[] = [];
  for (const record of records(release)) {
    let node = { width: 1, hash: leafHash(record) };
    for (let left = subtrees.at(-1); left?.width === node.width; left = subtrees.at(-1)) {
      subtrees.pop();
      node = { width: 2 * node.width, hash: nodeHash(left.hash, node.hash) };
    }
    subtrees.push(node);
  }
  const hashes = subtrees.map(({ hash }) => hash);
  return toHex(
    hashes.length === 0 ? sha256(new Uint8Array()) : hashes.reduceRight((right, left) => nodeHash(left, right)),
  ) as Digest;
}

/** The number of leaves left of the split: the largest power of two below `size`. */
export function splitAt(size: number): number {
  let width = 1;
  while (2 * width < size) width *= 2;
  return width;
}
