/** What ships says what nsfwjs says of the same 224 × 224 picture, to 1e-5; so does the same model with float32 weights. */
import { beforeAll, describe, expect, test } from 'vitest';
import { convert } from '../src/build-model.ts';
import { SPEC } from '../src/spec.ts';
import { loadOnnxModel } from './onnx-model.ts';
import { generated, photographs, type TestPicture } from './pictures.ts';
import { type Classify, loadSourceModel } from './source-model.ts';

const TOLERANCE = 1e-5;

let pictures: TestPicture[];
let source: Classify;
beforeAll(async () => {
  pictures = [...generated(), ...(await photographs())];
  source = await loadSourceModel();
});

describe.each(['8-bit', 'float32'] as const)('with %s weights', (format) => {
  test('it agrees with the source model on every picture', async () => {
    const ours = await loadOnnxModel(convert(format));
    expect(pictures.length).toBeGreaterThanOrEqual(13);
    for (const { name, pixels } of pictures) {
      const [expected, found] = [await source(pixels), await ours(pixels)];
      expect(found.length, name).toBe(SPEC.output.classes.length);
      const differences = [...found].map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)));
      // NaN is not at most anything.
      for (const difference of differences) expect(difference, name).toBeLessThanOrEqual(TOLERANCE);
      expect([...found].reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    }
  });
});

test('the pictures are told apart, so that agreement means something', async () => {
  const answers = await Promise.all(pictures.map(async ({ pixels }) => source(pixels)));
  const best = answers.map((values) => values.indexOf(Math.max(...values)));
  expect(new Set(best).size).toBeGreaterThan(1);
});
