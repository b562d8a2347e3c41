/** Any picture for any model: the kernel gives the oracle's bits, in Node and in every engine. */
import { LIMITS } from '@lodestone/protocol/limits';
import type { ModelInput } from '@lodestone/protocol/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPicker } from '../src/decode/model-input.ts';
import type { Pixels } from '../src/decode/pixels.ts';
import { oraclePick } from './model-input-oracle.ts';

/** Browsers run the same WebAssembly in other compilers: fewer cases will do. */
const numRuns = typeof document === 'undefined' ? 300 : 60;

/** Mostly small, since an oracle of 512 × 512 takes its time; of both the largest there may be. */
const sideTo = (most: number): fc.Arbitrary<number> =>
  fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 40 }), weight: 6 },
    { arbitrary: fc.constantFrom(1, 2, 3, most), weight: 3 },
    { arbitrary: fc.integer({ min: 41, max: most }), weight: 1 },
  );
const number = fc.oneof(
  fc.constantFrom(0, 1, 1 / 255, 123.675, 1e6, -1e6),
  fc.double({ min: -300, max: 300, noNaN: true }),
);
const colours = fc.tuple(number, number, number);
const input: fc.Arbitrary<ModelInput> = fc.record({
  name: fc.constant('input'),
  width: sideTo(LIMITS.modelSide),
  height: sideTo(LIMITS.modelSide),
  layout: fc.constantFrom('nhwc', 'nchw'),
  mean: colours,
  scale: colours,
});

/** Noise, and where every second picture has nothing but black and white. */
function draw(width: number, height: number, seed: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i++) {
    const octet = Math.imul(i + seed, 0x9e3779b1) >>> 24;
    data[i] = seed % 2 === 0 ? octet : (octet & 1) * 255;
  }
  return { width, height, data };
}

const picture = fc.record({
  width: sideTo(LIMITS.hashSide),
  height: sideTo(LIMITS.hashSide),
  // How many times larger the full one is: what was not reduced does not lie off.
  times: fc.constantFrom(1, 1, 1.5, 3.7, 30),
  seed: fc.nat({ max: 1_000 }),
});

test(`${numRuns} pictures`, () => {
  fc.assert(
    fc.property(picture, input, ({ width, height, times, seed }, model) => {
      const pixels = draw(width, height, seed);
      const full = { width: Math.round(width * times), height: Math.round(height * times) };
      const found = bits(createPicker(model)(pixels, full));
      const expected = bits(oraclePick(pixels, model, full));
      expect(found.length).toBe(expected.length);
      expect(found.findIndex((word, i) => word !== expected[i])).toBe(-1);
    }),
    { seed: 10, numRuns },
  );
});

test('one picker for pictures of different sizes, one after the other', () => {
  const model: ModelInput = { name: 'input', width: 31, height: 17, layout: 'nchw', mean: [1, 2, 3], scale: [4, 5, 6] };
  const pick = createPicker(model);
  for (const [width, height] of [
    [512, 512],
    [1, 512],
    [1, 1],
    [37, 41],
  ] as const) {
    const pixels = draw(width, height, 2);
    expect(bits(pick(pixels, pixels))).toEqual(bits(oraclePick(pixels, model, pixels)));
  }
});

/** So that 0 and −0 differ. */
function bits(values: Float32Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(values.buffer);
}
