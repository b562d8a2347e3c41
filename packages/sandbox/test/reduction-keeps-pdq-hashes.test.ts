/** A small picture keeps its pixels. A reduced one is an area average on a grid that keeps PDQ's samples in place. */
import { distance, loadPdq } from '@lodestone/pdq';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mirroredBy, orient, orientationOf } from '../src/decode/orient.ts';
import { sampleShift, offsetFor } from '../src/decode/pdq-grid.ts';
import { decodeSize, type Pixels, reducedSize } from '../src/decode/pixels.ts';
import { type DecodedPicture, reduce } from '../src/decode/reduce.ts';
import { flattenAlpha } from '../src/decode/flatten-alpha.ts';
import { drawPicture, type Rgba, shownAs } from './picture.ts';

const decoded = ({ width, height, data }: Rgba): DecodedPicture => ({
  width,
  height,
  rows: async (first, count) => data.slice(first * width * 4, (first + count) * width * 4),
});
const pdq = await loadPdq();

test('a small picture keeps its pixels', async () => {
  const picture = drawPicture(512, 77);
  const { data, ...size } = await reduce(decoded(picture), picture);
  expect(size).toEqual({ width: 512, height: 77 });
  expect(Buffer.from(data).equals(picture.data)).toBe(true);
});

test('a picture of one colour keeps it, at any size and offset', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_500 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 9_000 }),
      async (width, height, full) => {
        const data = new Uint8Array(width * height * 4);
        for (let i = 0; i < data.length; i += 4) data.set([200, 7, 133, 255], i);
        const reduced = await reduce(decoded({ width, height, data }), { width: full, height: full });
        expect(reduced).toMatchObject(reducedSize({ width, height }));
        const wrong = reduced.data.findIndex((byte, i) => byte !== [200, 7, 133, 255][i % 4]);
        expect(wrong).toBe(-1);
      },
    ),
    { numRuns: 25 },
  );
});

describe('the hash of the reduced picture is near that of the full one', () => {
  test.for([
    [513, 513],
    [800, 600],
    [1_600, 1_200],
    [3_000, 90],
    [640, 2_000],
  ] as const)('%i × %i', async ([width, height]) => {
    const picture = drawPicture(width, height, 6);
    const reduced = await reduce(decoded(picture), picture);
    expect(distance(pdq.hash(picture).hash, pdq.hash(reduced).hash)).toBeLessThanOrEqual(4);
  });

  test.for([1, 2, 3, 4, 5, 6])('also if the decoder has scaled it (picture %i)', async (seed) => {
    const picture = drawPicture(2_080, 1_568, seed);
    const scaled = halved(halved(picture)); // not a multiple of PDQ's 128: its windows are rounded up
    expect(scaled).toMatchObject({ width: 520, height: 392 });
    const reduced = await reduce(decoded(scaled), picture);
    expect(distance(pdq.hash(picture).hash, pdq.hash(reduced).hash)).toBeLessThanOrEqual(4);
  });

  test('also if the picture is rotated afterwards', async () => {
    const stored = drawPicture(1_000, 700, 4);
    for (const [exif, rotation, flip] of ROTATIONS) {
      const orientation = orientationOf(rotation, flip);
      const reduced = await reduce(decoded(stored), stored, mirroredBy(orientation));
      const shown = pdq.hash(shownAs(stored, exif)).hash;
      expect(distance(shown, pdq.hash(orient(reduced, orientation)).hash), `orientation ${exif}`).toBeLessThanOrEqual(
        4,
      );
    }
  });
});

/** The mean of each four pixels, as decoders scale. */
function halved({ width, height, data }: Rgba): Rgba {
  const half = { width: width / 2, height: height / 2, data: new Uint8Array(data.length / 4) };
  for (let at = 0; at < half.data.length; at++) {
    const [x, y] = [Math.floor(at / 4) % half.width, Math.floor(at / 4 / half.width)];
    const from = (y * 2 * width + x * 2) * 4 + (at % 4);
    const sum = [0, 4, width * 4, width * 4 + 4].reduce((all, next) => all + (data[from + next] ?? 0), 0);
    half.data[at] = Math.round(sum / 4);
  }
  return half;
}

/** Each EXIF orientation as degrees clockwise, then a flip from left to right. */
const ROTATIONS = [
  [1, 0, false],
  [2, 0, true],
  [3, 180, false],
  [4, 180, true],
  [5, 90, true],
  [6, 90, false],
  [7, 270, true],
  [8, 270, false],
] as const;

test.for(ROTATIONS)('EXIF orientation %i is %i degrees, then flip: %s', ([exif, rotation, flip]) => {
  const stored = drawPicture(7, 5);
  const pixels: Pixels = { width: 7, height: 5, data: new Uint8ClampedArray(stored.data) };
  const oriented = orient(pixels, orientationOf(rotation, flip));
  const { width, height, data } = shownAs(stored, exif);
  expect([oriented.width, oriented.height]).toEqual([width, height]);
  expect(Buffer.from(oriented.data).equals(data)).toBe(true);
});

describe('PDQ’s grid', () => {
  test('is shifted by 1½ pixels at 512, not at 320, and hardly in large pictures', () => {
    expect(sampleShift(512) * 512).toBeCloseTo(1.5, 10);
    expect(sampleShift(320)).toBeCloseTo(0, 10);
    expect(Math.abs(sampleShift(4_000))).toBeLessThan(0.0004);
    expect(offsetFor(512, 512)).toBe(0);
  });
});

describe('sizes', () => {
  test('pictures that are hashed exactly are decoded at their own size', () => {
    expect(decodeSize({ width: 1_024, height: 1_024 })).toBeUndefined();
    expect(decodeSize({ width: 16_384, height: 64 })).toBeUndefined();
  });

  test.for([
    [4_000, 3_000, 1_000, 750],
    [3_000, 4_000, 750, 1_000],
    [1_600, 1_200, 800, 600],
    [1_025, 1_024, 513, 512],
    [16_384, 16_384, 2_048, 2_048],
    [16_384, 100, 16_384, 100],
  ] as const)('%i × %i is decoded at %i × %i', ([width, height, decodedWidth, decodedHeight]) => {
    expect(decodeSize({ width, height })).toEqual({ width: decodedWidth, height: decodedHeight });
  });
});

test('each pixel is flattened by its own alpha, whatever lies next to it', () => {
  const pixel = fc.tuple(...[0, 1, 2].map(() => fc.nat(255)), fc.constantFrom(0, 1, 127, 254, 255));
  fc.assert(
    fc.property(fc.array(pixel), fc.constantFrom('white', 'black'), (pixels, background) => {
      const rows = Uint8Array.from(pixels.flat());
      expect(flattenAlpha(rows, 'straight', background)).toBe(pixels.some(([, , , alpha]) => alpha !== 255));
      const ground = background === 'white' ? 255 : 0;
      const blended = pixels.flatMap((values) => {
        const share = (values[3] as number) / 255;
        return values.map((value, i) => (i === 3 ? 255 : Math.round(value * share + ground * (1 - share))));
      });
      for (const [i, value] of rows.entries()) expect(Math.abs(value - (blended[i] as number))).toBeLessThanOrEqual(1);
    }),
  );
});

test('alpha is flattened on white or black, straight or premultiplied', () => {
  for (const [form, red] of [
    ['straight', 200],
    ['premultiplied', 100],
  ] as const) {
    const rows = Uint8Array.of(red, 0, 0, 128, 9, 8, 7, 255, 50, 50, 50, 0);
    if (form === 'premultiplied') rows.fill(0, 8, 11);
    const onBlack = rows.slice();
    expect(flattenAlpha(rows, form, 'white')).toBe(true);
    expect([...rows.subarray(1)]).toEqual([127, 127, 255, 9, 8, 7, 255, 255, 255, 255, 255]);
    expect(Math.abs((rows[0] as number) - 227)).toBeLessThanOrEqual(1);
    expect(flattenAlpha(onBlack, form, 'black')).toBe(true);
    expect([...onBlack]).toEqual([100, 0, 0, 255, 9, 8, 7, 255, 0, 0, 0, 255]);
  }
  expect(flattenAlpha(Uint8Array.of(1, 2, 3, 255), 'straight', 'white')).toBe(false);
});
