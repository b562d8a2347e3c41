/** The Merkle tree is that of RFC 6962, and proofs of inclusion and absence verify exactly if they are true. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRelease, printRelease, records, type ListRecord } from '@lodestone/protocol/list-file';
import {
  type ListTree,
  merkleRoot,
  proveAbsence,
  proveInclusion,
  verifyAbsence,
  verifyInclusion,
} from '@lodestone/trust';
import { anyRecord, anyRelease, keyOf, sizeOf } from './lode/any-release.ts';

/** §2.1, word for word and recursive: MTH({}) = SHA-256(), MTH({d}) = SHA-256(00 ‖ d), else SHA-256(01 ‖ MTH(left) ‖ MTH(right)). */
function oracle(leaves: readonly Buffer[]): Buffer {
  const hash = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (leaves.length === 0) return hash();
  if (leaves[0] && leaves.length === 1) return hash(Buffer.of(0), leaves[0]);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return hash(Buffer.of(1), oracle(leaves.slice(0, k)), oracle(leaves.slice(k)));
}
function leaf({ type, entry, payload }: ListRecord): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8({ locked: 0, pdq: 1, sha256: 2, vpdq: 3 }[type], 0);
  head.writeUInt32LE(entry, 1);
  return Buffer.concat([head, payload]);
}

const noProof = expect.objectContaining({ code: 'ERR_TRUST_PROOF' });

describe('the root', () => {
  test('is that of §2.1 for arbitrary releases', () => {
    fc.assert(
      fc.property(anyRelease, (release) => {
        expect(merkleRoot(release)).toBe(oracle([...records(release)].map(leaf)).toString('hex'));
      }),
    );
  });

  test('is that of §2.1 for every size from 0 to 70', () => {
    for (let size = 0; size <= 70; size++) {
      const release = parseRelease(
        printRelease(
          Array.from({ length: size }, (_, i) => ({ type: 'pdq', entry: i + 1, payload: Buffer.alloc(32, i) })),
        ),
      );
      expect(merkleRoot(release)).toBe(oracle([...records(release)].map(leaf)).toString('hex'));
    }
  });

  test('of no records is the digest of empty input', () => {
    expect(merkleRoot(parseRelease(printRelease([])))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });
});

const treeOf = (release: Parameters<typeof merkleRoot>[0]): ListTree => ({
  root: merkleRoot(release),
  size: sizeOf(release),
});
const nonEmpty = anyRelease.filter((release) => sizeOf(release) > 0);

describe('inclusion', () => {
  test('every record can be proven, and the proof is no longer than the tree’s height', () => {
    fc.assert(
      fc.property(nonEmpty, fc.nat(), (release, pick) => {
        const tree = treeOf(release);
        const proof = proveInclusion(release, pick % tree.size);
        verifyInclusion(tree, proof);
        expect(proof.path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(tree.size)));
      }),
    );
  });

  test('another record, entry, index, path, root or size cannot be proven', () => {
    fc.assert(
      fc.property(nonEmpty, fc.nat(), anyRecord, (release, pick, other) => {
        const tree = treeOf(release);
        const proof = proveInclusion(release, pick % tree.size);
        const refused = [
          { record: { ...proof.record, entry: proof.record.entry === 1 ? 2 : 1 } },
          { record: other },
          { index: -1 },
          { index: tree.size },
          { index: 0.5 },
          { path: [...proof.path, tree.root] },
          { path: proof.path.map((hash) => hash.toUpperCase() as typeof hash).concat('' as typeof tree.root) },
          ...(proof.path.length > 0 ? [{ path: proof.path.slice(1) }, { path: proof.path.with(0, tree.root) }] : []),
        ];
        for (const change of refused) expect(() => verifyInclusion(tree, { ...proof, ...change })).toThrow(noProof);
        expect(() => verifyInclusion({ ...tree, root: '0'.repeat(64) as never }, proof)).toThrow(noProof);
      }),
    );
  });

  test('an index outside the release is a RangeError', () => {
    expect(() => proveInclusion(parseRelease(printRelease([])), 0)).toThrow(RangeError);
  });
});

describe('absence', () => {
  test('is proven for every payload that is not listed, and for no other', () => {
    fc.assert(
      fc.property(anyRelease, anyRecord, (release, sought) => {
        const tree = treeOf(release);
        const listed = [...records(release)].some((record) => keyOf(record) === keyOf(sought));
        const absence = proveAbsence(release, sought);
        expect(absence === undefined).toBe(listed);
        if (absence) verifyAbsence(tree, sought, absence);
      }),
    );
  });

  test('of a listed record is refused with any neighbours', () => {
    fc.assert(
      fc.property(nonEmpty, fc.nat(), fc.nat(), fc.nat(), (release, pick, a, b) => {
        const tree = treeOf(release);
        const sought = [...records(release)][pick % tree.size];
        if (!sought) throw new Error('no record');
        const left = proveInclusion(release, a % tree.size);
        const right = proveInclusion(release, b % tree.size);
        for (const absence of [{}, { left }, { right }, { left, right }]) {
          expect(() => verifyAbsence(tree, sought, absence)).toThrow(noProof);
        }
      }),
    );
  });

  test('is refused if a record between the neighbours is missing', () => {
    const all = [1, 2, 3].map((n) => ({ type: 'sha256', entry: n, payload: Buffer.alloc(32, 10 * n) }) as const);
    const release = parseRelease(printRelease(all));
    const tree = treeOf(release);
    const [first, , third] = [0, 1, 2].map((index) => proveInclusion(release, index));
    if (!first || !third) throw new Error('no proof');
    const sought = { type: 'sha256', payload: Buffer.alloc(32, 15) } as const;
    expect(() => verifyAbsence(tree, sought, { left: first, right: third })).toThrow(noProof);
    expect(() => verifyAbsence(tree, sought, { left: first })).toThrow(noProof);
    expect(() => verifyAbsence(tree, sought, { right: third })).toThrow(noProof);
  });
});
