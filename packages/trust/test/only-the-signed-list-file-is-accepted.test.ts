import type { AnyDigest } from '@lodestone/testkit/digests';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from '@lodestone/protocol/document';
import { parseRelease, records } from '@lodestone/protocol/list-file';
import { TargetFile } from '@lodestone/protocol/paths';
import { fromInstant } from '@lodestone/protocol/time';
import { ListManifest } from '@lodestone/protocol/release';
import {
  checkRelease,
  checkTarget,
  createReleaseCheck,
  createTargetCheck,
  listTree,
  merkleRoot,
  releaseInForce,
  sha256Hex,
  targetUrlPath,
} from '@lodestone/trust';
import { anyFile, sizeOf } from './lode/any-release.ts';

function manifestOf(file: Uint8Array<ArrayBuffer>): ListManifest {
  const release = parseRelease(file);
  return check(
    ListManifest,
    {
      schema: 'lodestone/list/v1',
      list: 'demo',
      purpose: 'verified',
      version: 3,
      counts: { pdq: release.pdq.count, sha256: release.sha256.count, vpdq: release.vpdq.count },
      file: { path: 'v1/lists/demo/3.lode', length: file.length, sha256: sha256Hex<AnyDigest>(file) },
      merkleRoot: merkleRoot(release),
      notAfter: '2027-01-01T00:00:00Z',
    },
    'manifest',
  );
}

describe('checkRelease', () => {
  test('returns the records of the signed file', () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        const manifest = manifestOf(file);
        expect([...records(checkRelease(manifest, file))]).toEqual([...records(parseRelease(file))]);
        expect(listTree(manifest)).toEqual({ root: manifest.merkleRoot, size: sizeOf(parseRelease(file)) });
      }),
    );
  });

  test('refuses a file with any changed bit', () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), fc.nat({ max: 7 }), (file, at, bit) => {
        const changed = file.slice();
        const offset = at % file.length;
        changed[offset] = (changed[offset] ?? 0) ^ (1 << bit);
        expect(() => checkRelease(manifestOf(file), changed)).toThrow(
          expect.objectContaining({ code: 'ERR_TRUST_DIGEST' }),
        );
      }),
    );
  });

  test('refuses a manifest with other counts than its file, and a signed file with an invalid layout', () => {
    const [file] = fc.sample(anyFile, 1);
    if (!file) throw new Error('no file');
    const manifest = manifestOf(file);
    const lying = { ...manifest, counts: { ...manifest.counts, pdq: manifest.counts.pdq + 1 } };
    expect(() => checkRelease(lying, file)).toThrow(expect.objectContaining({ code: 'ERR_LIST_FORMAT' }));
    const junk = Uint8Array.from({ length: 40 }, (_, i) => i);
    const signedJunk = { ...manifest, file: { ...manifest.file, length: 40, sha256: sha256Hex<AnyDigest>(junk) } };
    expect(() => checkRelease(signedJunk, junk)).toThrow(expect.objectContaining({ code: 'ERR_LIST_FORMAT' }));
  });
});

describe('createReleaseCheck', () => {
  const outcome = (check: () => unknown): unknown => {
    try {
      check();
      return 'accepted';
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  const inPieces = (manifest: ListManifest, file: Uint8Array, pieceBytes: number): unknown =>
    outcome(() => {
      const pieces = createReleaseCheck(manifest);
      for (let at = 0; at < file.length; at += pieceBytes) pieces.update(file.subarray(at, at + pieceBytes));
      pieces.finish();
    });

  test('ends as checkRelease does, for pieces of any size and for a changed file or manifest', () => {
    const change = fc.constantFrom('none', 'byte', 'count', 'signed-junk');
    fc.assert(
      fc.property(anyFile, fc.integer({ min: 1, max: 300 }), change, fc.nat(), (file, pieceBytes, what, at) => {
        const manifest = manifestOf(file);
        const changed = file.slice();
        if (what === 'byte' || what === 'signed-junk') changed[at % file.length] = (changed[at % file.length] ?? 0) ^ 1;
        if (what === 'count') manifest.counts.vpdq++;
        if (what === 'signed-junk') manifest.file.sha256 = sha256Hex(changed);
        const whole = outcome(() => checkRelease(manifest, changed));
        expect(inPieces(manifest, changed, pieceBytes)).toBe(whole);
      }),
      { numRuns: 300 },
    );
  });
});

test('a release is in force before its notAfter, and not at it', () => {
  const manifest = manifestOf(fc.sample(anyFile, 1)[0] as Uint8Array<ArrayBuffer>);
  const end = fromInstant(manifest.notAfter);
  expect([0, end - 1, end, end + 1].map((now) => releaseInForce(manifest, now))).toEqual([true, true, false, false]);
});

describe('a target', () => {
  const file = (bytes: Uint8Array) =>
    check(
      TargetFile,
      { path: 'v1/lists/x/manifest.json', length: bytes.length, sha256: sha256Hex<AnyDigest>(bytes) },
      'file',
    );
  const some = fc.uint8Array({ minLength: 1, maxLength: 500 });

  test('has the same result whole and in chunks of any size', () => {
    fc.assert(
      fc.property(some, fc.array(fc.nat({ max: 500 })), (bytes, cuts) => {
        const target = createTargetCheck(file(bytes));
        const ends = [...cuts, bytes.length].map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b);
        ends.reduce((from, to) => (target.update(bytes.subarray(from, to)), to), 0);
        expect(target.finish()).toBeUndefined();
        expect(checkTarget(file(bytes), bytes)).toBeUndefined();
      }),
    );
  });

  test('that is too long is refused before its last byte', () => {
    const target = createTargetCheck(file(Uint8Array.of(1, 2, 3)));
    target.update(Uint8Array.of(1, 2));
    expect(() => target.update(Uint8Array.of(3, 4))).toThrow(expect.objectContaining({ code: 'ERR_TRUST_DIGEST' }));
  });

  test('that is too short, or has other bytes, is refused at its end', () => {
    for (const bytes of [Uint8Array.of(1, 2), Uint8Array.of(1, 2, 4)]) {
      expect(() => checkTarget(file(Uint8Array.of(1, 2, 3)), bytes)).toThrow(
        expect.objectContaining({ code: 'ERR_TRUST_DIGEST' }),
      );
    }
  });

  test('is in the repository under its digest', () => {
    const target = file(Uint8Array.of(1));
    expect(targetUrlPath(target)).toBe(`targets/v1/lists/x/${target.sha256}.manifest.json`);
  });
});
