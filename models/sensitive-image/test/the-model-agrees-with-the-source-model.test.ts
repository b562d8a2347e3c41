/** The shipped model gives the output of nsfwjs for the same 224 × 224 picture, within 1e-5, and so does the model with float32 weights. */
import { beforeAll, describe, expect, test } from 'vitest';
import { convert, makeModel } from '../src/build-model.ts';
import { SPEC } from '../src/spec.ts';
import { loadOnnxModel } from './onnx-model.ts';
import { generated, type TestPicture } from './generated.ts';
import { photographs } from './pictures.ts';
import { loadSourceModel } from './source-model.ts';

const TOLERANCE = 1e-5;

let pictures: (TestPicture & { readonly expected: Float32Array })[];
beforeAll(async () => {
  const source = await loadSourceModel();
  pictures = [];
  for (const picture of [...generated(), ...(await photographs())]) {
    pictures.push({ ...picture, expected: await source(picture.pixels) });
  }
});

describe.each([
  ['float32 weights', () => convert('float32')],
  ['8-bit weights', () => convert('8-bit')],
  ['8-bit weights, optimised', makeModel],
])('with %s', (_, model) => {
  test('the model agrees with the source model on every picture', async () => {
    const ours = await loadOnnxModel(await model());
    expect(pictures.length).toBe(13);
    for (const { name, pixels, expected } of pictures) {
      const found = await ours(pixels);
      expect(found.length, name).toBe(SPEC.output.classes.length);
      const differences = [...found].map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)));
      // Also fails for NaN.
      for (const difference of differences) expect(difference, name).toBeLessThanOrEqual(TOLERANCE);
      expect([...found].reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    }
  });
});

test('the source model assigns the pictures to more than one class, so agreement is meaningful', () => {
  const best = pictures.map(({ expected }) => expected.indexOf(Math.max(...expected)));
  expect(new Set(best).size).toBeGreaterThan(1);
});
