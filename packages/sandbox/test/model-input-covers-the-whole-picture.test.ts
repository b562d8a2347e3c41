/** A model's input is a bilinear resize of the reduced picture with aligned corners, as in TensorFlow. */
import type { ModelInput } from '@lodestone/protocol/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createModelInput } from '../src/decode/model-input.ts';
import type { Pixels, Size } from '../src/decode/pixels.ts';
import { reduce } from '../src/decode/reduce.ts';
import { drawPicture } from './picture.ts';

const pixels = (width: number, height: number, seed = 1): Pixels => ({
  width,
  height,
  data: new Uint8ClampedArray(drawPicture(width, height, seed).data),
});

/** Row by row, from 0 to 255. */
function rgbInput(picture: Pixels, { width, height }: Size, full: Size): Float32Array {
  const input: ModelInput = { name: 'input', width, height, layout: 'nhwc', mean: [0, 0, 0], scale: [1, 1, 1] };
  return createModelInput(input, picture.width * picture.height)(picture, full);
}

/** From the definition, one sample at a time. */
function sampled({ data, width, height }: Pixels, x: number, y: number, channel: number): number {
  const at = (column: number, row: number): number =>
    data[4 * (Math.min(row, height - 1) * width + Math.min(column, width - 1)) + channel] as number;
  const [left, top] = [Math.floor(x), Math.floor(y)];
  let sum = 0;
  for (const [dx, dy] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    const weight = (dx ? x - left : 1 - (x - left)) * (dy ? y - top : 1 - (y - top));
    sum += weight * at(left + dx, top + dy);
  }
  return sum;
}

test('every sample follows the definition, at any size of picture and input', () => {
  const side = fc.oneof(fc.constantFrom(1, 2, 10, 224, 512), fc.integer({ min: 1, max: 512 }));
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }), (width, height, w, h) => {
      const picture = pixels(width, height);
      const rgb = rgbInput(picture, { width: w, height: h }, picture);
      expect(rgb).toHaveLength(w * h * 3);
      for (const [i, value] of rgb.entries()) {
        const [pixel, channel] = [Math.floor(i / 3), i % 3];
        const x = w > 1 ? ((pixel % w) * (width - 1)) / (w - 1) : 0;
        const y = h > 1 ? (Math.floor(pixel / w) * (height - 1)) / (h - 1) : 0;
        const expected = sampled(picture, x, y, channel);
        if (!(Math.abs(value - expected) < 1e-3)) expect.fail(`sample ${i}: ${value}, not ${expected}`);
      }
    }),
    { seed: 10, numRuns: 60 },
  );
});

test('a picture of the input’s size keeps its pixels, and a single pixel fills the input', () => {
  const picture = pixels(224, 224);
  const same = rgbInput(picture, picture, picture);
  expect([...same.subarray(0, 3)]).toEqual([...picture.data.subarray(0, 3)]);
  expect(same.at(-1)).toBe(picture.data.at(-2));
  const pixel = { width: 1, height: 1, data: Uint8ClampedArray.of(9, 8, 7, 255) };
  const one = rgbInput(pixel, { width: 3, height: 2 }, pixel);
  expect([...one]).toEqual([9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7]);
});

test('a reduced picture is sampled where the full one would be', async () => {
  const full = drawPicture(3_000, 2_000);
  const rows = async (first: number, count: number) => full.data.slice(first * 12_000, (first + count) * 12_000);
  const reduced = await reduce({ ...full, rows }, full);
  const size = { width: 64, height: 64 };
  const whole = rgbInput({ ...full, data: new Uint8ClampedArray(full.data) }, size, full);
  const difference = (rgb: Float32Array): number =>
    rgb.reduce((sum, value, i) => sum + Math.abs(value - (whole[i] ?? 0)), 0);
  const [corrected, uncorrected] = [rgbInput(reduced, size, full), rgbInput(reduced, size, reduced)].map(difference);
  expect(corrected).toBeLessThan(0.7 * (uncorrected ?? 0));
});
