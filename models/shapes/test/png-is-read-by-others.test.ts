/** An independent decoder reads the picture's pixels from the PNG file. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { landscape, pngOf } from '../src/index.ts';

test.each([
  [1, 1],
  [160, 120],
  [300, 200],
])('%i × %i', async (width, height) => {
  const picture = landscape({ seed: 5, width, height });
  const { data, info } = await sharp(pngOf(picture)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([width, height, 4]);
  expect(data.equals(Buffer.from(picture.pixels))).toBe(true);
});
