/** A slow pan is one scene, and a cut begins another; a scene that was interrupted is no other one. */
import { loadPdq } from '@lodestone/pdq';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { thumbnail } from '../src/decode/thumbnail.ts';
import { Scenes } from '../src/scanner/scenes.ts';
import { drawPicture } from './picture.ts';

const pdq = await loadPdq();

/** A frame of 192 × 144 pixels, panned by some. */
function frame(seed: number, left = 0): Uint8Array {
  const { data, width } = drawPicture(240, 180, seed);
  return pdq.hash(
    thumbnail({
      data: data.subarray((10 * width + left) * 4),
      width: 192,
      height: 144,
      channels: 4,
      stride: width * 4,
    }),
  ).hash;
}

test('a pan of a hundredth of the width from glance to glance is one scene', () => {
  const scenes = new Scenes();
  scenes.keep(frame(1));
  expect([2, 4, 6].map((left) => scenes.isOther(frame(1, left)))).toEqual([false, false, false]);
});

test('another picture is another scene, and the one before it is not', () => {
  const seeds = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(seeds, ([one = 0, other = 0, third = 0]) => {
      const scenes = new Scenes();
      scenes.keep(frame(one));
      expect(scenes.isOther(frame(other))).toBe(true);
      scenes.keep(frame(other));
      expect(scenes.isOther(frame(one, 2))).toBe(false);
      expect(scenes.isOther(frame(third))).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('luma and RGBA give alike thumbnails, with padded rows and at any size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 9 }),
      (width, height, padding) => {
        const stride = width + padding;
        const luma = Uint8Array.from({ length: stride * height }, (_, i) => (i * 31) ^ (i >> 3));
        const rgba = new Uint8Array(width * height * 4);
        for (let i = 0; i < width * height; i++)
          rgba[i * 4 + 1] = luma[Math.floor(i / width) * stride + (i % width)] ?? 0;
        const own = thumbnail({ data: luma, width, height, channels: 1, stride });
        expect(thumbnail({ data: rgba, width, height, channels: 4, stride: width * 4 })).toEqual(own);
      },
    ),
  );
});
