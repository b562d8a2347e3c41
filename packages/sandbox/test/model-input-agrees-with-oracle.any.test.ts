/** For any picture and model, the kernel gives the same bits as the oracle in plain TypeScript, in Node and in every engine. */
import { LIMITS } from '@lodestone/protocol/limits';
import type { ModelInput } from '@lodestone/protocol/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createModelInput } from '../src/decode/model-input.ts';
import type { Pixels } from '../src/decode/pixels.ts';
import { oracleModelInput } from './model-input-oracle.ts';

/** Browsers compile the same WebAssembly; fewer cases are enough. */
const numRuns = typeof document === 'undefined' ? 300 : 60;

/** Mostly small, since the oracle is slow at 512 × 512; sometimes the largest. */
const sideTo = (max: number): fc.Arbitrary<number> =>
  fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 40 }), weight: 6 },
    { arbitrary: fc.constantFrom(1, 2, 3, max), weight: 3 },
    { arbitrary: fc.integer({ min: 41, max }), weight: 1 },
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

/** Noise; every second picture is black and white only. */
function draw(width: number, height: number, seed: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i++) {
    const byte = Math.imul(i + seed, 0x9e3779b1) >>> 24;
    data[i] = seed % 2 === 0 ? byte : (byte & 1) * 255;
  }
  return { width, height, data };
}

const picture = fc.record({
  width: sideTo(LIMITS.hashSide),
  height: sideTo(LIMITS.hashSide),
  // How many times larger the full picture is; at 1 there is no shift.
  times: fc.constantFrom(1, 1, 1.5, 3.7, 30),
  seed: fc.nat({ max: 1_000 }),
});

test(`${numRuns} random pictures and models give the oracle’s bits`, () => {
  fc.assert(
    fc.property(picture, input, ({ width, height, times, seed }, model) => {
      const pixels = draw(width, height, seed);
      const full = { width: Math.round(width * times), height: Math.round(height * times) };
      const found = bits(createModelInput(model)(pixels, full));
      const expected = bits(oracleModelInput(pixels, model, full));
      expect(found.length).toBe(expected.length);
      expect(found.findIndex((word, i) => word !== expected[i])).toBe(-1);
    }),
    { seed: 10, numRuns },
  );
});

test('one model input accepts pictures of different sizes in turn', () => {
  const model: ModelInput = { name: 'input', width: 31, height: 17, layout: 'nchw', mean: [1, 2, 3], scale: [4, 5, 6] };
  const toModelInput = createModelInput(model);
  for (const [width, height] of [
    [512, 512],
    [1, 512],
    [1, 1],
    [37, 41],
  ] as const) {
    const pixels = draw(width, height, 2);
    expect(bits(toModelInput(pixels, pixels))).toEqual(bits(oracleModelInput(pixels, model, pixels)));
  }
});

/** As words, so that 0 and −0 differ. */
function bits(values: Float32Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(values.buffer);
}
