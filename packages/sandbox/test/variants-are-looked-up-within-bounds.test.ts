/**
 * Which pictures of an item are looked up with the order's variants: a still as it was before its reduction, frames without their borders,
 * the largest picture of an icon, the first pictures in a file. Spec: docs/design/hashing.md#variants
 */
import { distance, hashVariants, loadPdq } from '@lodestone/pdq';
import { VARIANTS } from '@lodestone/protocol/order';
import type { PlanList } from '@lodestone/protocol/sandbox';
import type { Verdict } from '@lodestone/protocol/verdict';
import type { AnyDigest } from '@lodestone/testkit/digests';
import { describe, expect, test } from 'vitest';
import { FrameHasher } from '../src/decode/frame-hash.ts';
import { hasUniformEdge } from '../src/decode/uniform-edge.ts';
import { reduce, rowsOf } from '../src/decode/reduce.ts';
import { hashPicture } from '../src/scanner/hash-picture.ts';
import type { ListLookup } from '../src/scanner/match.ts';
import { zipOf } from './containers.ts';
import { cropped, letterboxed, padded, rotated } from './edited-copies.ts';
import { encodeApng, encodePng, iconOf } from './encode.ts';
import { drawPicture, type Rgba } from './picture.ts';
import { type Bytes, listed, pixelsOf, scanWithStubs, type Stubs } from './scan-with-stubs.ts';

const pdq = await loadPdq();
const line: PlanList = {
  fileDigest: 'a'.repeat(64) as AnyDigest,
  media: ['image'],
  maxDistance: 31,
  minQuality: 50,
  variants: [...VARIANTS],
};
const lookups = [line as ListLookup];
const kindsIn = ({ findings }: Verdict): (string | undefined)[] =>
  findings.map((finding) => (finding.kind === 'known' ? finding.match : finding.kind));
const nearest = (hashes: readonly { hash: Uint8Array }[], own: Uint8Array): number =>
  Math.min(...hashes.map(({ hash }) => distance(hash, own)));

/** The decoder gives the same picture for everything; models see nothing, unless a test says so. */
const scan = (content: Bytes, shown: Rgba, stubs: Partial<Stubs> = {}): Promise<Verdict> =>
  scanWithStubs(content, {
    bucket: 0,
    variants: [...VARIANTS],
    looksOf: () => ({ pixels: pixelsOf(shown) }),
    ...stubs,
  });

describe('a large picture is reduced to a square, and between its pixels', () => {
  const original = drawPicture(1_280, 720);
  test.for([
    ['padded', padded, 8],
    ['cropped', cropped, 26],
    ['rotated', rotated, 8],
  ] as const)('%s: its variants are those of the picture before', async ([, edit, farthest]) => {
    const copy = edit(original);
    const reduced = await reduce(rowsOf(pixelsOf(copy)), copy);
    expect(reduced).toMatchObject({ width: 512, height: 512 });
    const own = pdq.hash(original).hash;
    const { variants } = hashPicture(pdq, reduced, copy, lookups);
    expect(nearest(variants, own)).toBeLessThanOrEqual(farthest);
    expect(nearest(variants, own)).toBeLessThanOrEqual(nearest(hashVariants(pdq, copy), own) + 4);
  });

  test('rotated: as a square picture it would not be found', async () => {
    const copy = rotated(original);
    const reduced = await reduce(rowsOf(pixelsOf(copy)), copy);
    expect(nearest(hashPicture(pdq, reduced, reduced, lookups).variants, pdq.hash(original).hash)).toBeGreaterThan(10);
  });
});

test('a still in a border is a part, because a model saw the border too; a cut one is near', async () => {
  const png = await encodePng(listed);
  expect(kindsIn(await scan(png, padded(listed), { bucket: 9 }))).toEqual(['sensitive', 'part']);
  expect(kindsIn(await scan(png, cropped(listed), { bucket: 9 }))).toEqual(['sensitive', 'near']);
  expect(kindsIn(await scan(png, padded(listed), { variants: ['margins'] }))).toEqual([]);
});

test('later frames of an animation are looked up without their borders, and not turned back by some degrees', async () => {
  const other = drawPicture(64, 48, 2);
  const content = await encodeApng([other, other]);
  const found = async (frame: Rgba) => kindsIn(await scan(content, other, { laterFrames: [pixelsOf(frame)] }));
  expect(await found(padded(listed))).toEqual(['part']);
  expect(await found(rotated(listed))).toEqual([]);
});

test('of an icon the largest picture is looked up with variants', async () => {
  const [small, large] = [drawPicture(32, 32, 4), drawPicture(48, 32, 5)];
  const found = async (cut: Rgba) =>
    kindsIn(
      await scan(iconOf([small, large]), small, {
        looksOf: (bytes) => ({ pixels: pixelsOf(bytes[6] === cut.width ? rotated(listed) : small) }),
      }),
    );
  expect(await found(large)).toEqual(['part']);
  expect(await found(small)).toEqual([]);
});

test('of the pictures in a file the first 64 are looked up with variants, the others as they are', async () => {
  const jpeg = (mark: number): Bytes => Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 4, mark, mark, 0xff, 0xd9);
  const other = pixelsOf(drawPicture(64, 48, 2));
  const found = async (at: number, copy: Rgba): Promise<unknown> => {
    const zip = await zipOf(...Array.from({ length: 65 }, (_, i) => ({ bytes: jpeg(i === at ? 1 : 2) })));
    const looksOf = (bytes: Bytes) => ({
      pixels: bytes[6] === 1 ? pixelsOf(copy) : { ...other, data: other.data.slice() },
    });
    return kindsIn(await scan(zip, listed, { looksOf }));
  };
  expect(await found(63, rotated(listed))).toEqual(['part']);
  expect(await found(64, rotated(listed))).toEqual([]);
  expect(await found(64, listed)).toEqual(['part']);
});

// 1,064 rows, of which every second is enough; 1,061, of which the last has none behind it; 1,600, as phones have.
test.each([760, 758, 1_143])(
  'a video’s frame is hashed without its letterbox too, if a list asks for it, and leaves nothing in memory: %i rows',
  async (rows) => {
    const picture = drawPicture(320, rows, 3);
    const boxed = letterboxed(picture);
    const copies: Uint8Array[] = [];
    const frame = {
      visibleRect: { x: 0, y: 0, width: boxed.width, height: boxed.height },
      colorSpace: { matrix: 'bt709' },
      format: 'RGBA',
      allocationSize: () => boxed.data.length,
      copyTo: async (to: Uint8Array) => {
        copies.push(to);
        to.set(boxed.data);
        return [{ offset: 0, stride: boxed.width * 4 }];
      },
    } as unknown as VideoFrame;
    const own = pdq.hash(picture).hash;
    const hasher = new FrameHasher(pdq, { others: false, borders: true, coefficients: false });
    const { variants } = await hasher.hash(frame, 0);
    expect(nearest(variants, own)).toBeLessThanOrEqual(10);
    expect(variants.map(({ match }) => match)).toContain('near');
    expect(hasUniformEdge({ ...picture, channels: 4, stride: 4 * picture.width })).toBe(false);
    hasher.clear();
    expect(copies.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
    expect(
      (await new FrameHasher(pdq, { others: false, borders: false, coefficients: false }).hash(frame, 0)).variants,
    ).toEqual([]);
  },
);
