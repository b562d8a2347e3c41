/** The script that measures quality computes its statistics correctly and resizes as the source model does. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createModelInput } from '@lodestone/sandbox/model-input';
import { falsePositivesOf, differenceOf, wilson } from '../scripts/quality/statistics.ts';
import { SPEC } from '../src/spec.ts';
import { loadSourceModel } from './source-model.ts';

const sure = (index: number, value: number): number[] =>
  SPEC.output.classes.map((_, i) => (i === index ? value : (1 - value) / 4));
const NEUTRAL = 2;
const PORN = 3;
const SEXY = 4;

describe("Wilson's interval", () => {
  // By R's prop.test without continuity correction.
  test.each([
    [0, 100, 0, 0.037],
    [5, 100, 0.0215, 0.1118],
    [50, 100, 0.4038, 0.5962],
    [100, 100, 0.963, 1],
  ])('of %i in %i is %f to %f', (found, all, low, high) => {
    expect(wilson(found, all)[0]).toBeCloseTo(low, 4);
    expect(wilson(found, all)[1]).toBeCloseTo(high, 4);
  });
});

test('a picture counts in each bucket that its score reaches, and the class Sexy alone does not count', () => {
  expect(falsePositivesOf([sure(PORN, 1), sure(NEUTRAL, 1), sure(SEXY, 1)], SPEC)).toEqual(SPEC.buckets.map(() => 1));
  expect(falsePositivesOf([sure(NEUTRAL, 0.9)], SPEC).every((found) => found === 0)).toBe(true);
});

test('a difference covers every class, and a decision changes if only one score reaches the bucket', () => {
  const { max, maxScore, farOff, changed } = differenceOf([[sure(PORN, 1), sure(NEUTRAL, 1)]], SPEC);
  expect([max, maxScore, farOff, changed]).toEqual([1, 1, 1, SPEC.buckets.map(() => 1)]);
  expect(differenceOf([[sure(PORN, 0.5), sure(PORN, 0.5)]], SPEC).changed).toEqual(SPEC.buckets.map(() => 0));
});

describe("the source model's resize", () => {
  // Vitest would call the returned function as a teardown.
  beforeAll(async () => void (await loadSourceModel()));
  test.each([
    [640, 400],
    [224, 224],
    [100, 301],
    [1, 1],
  ])("equals the sandbox's at %i × %i", async (width, height) => {
    const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 97) % 251));
    const toModelInput = createModelInput({ ...SPEC.input, layout: 'nhwc' }, width * height);
    const ours = toModelInput({ data, width, height }, { width, height });
    const rgb = data.filter((_, i) => i % 4 !== 3);
    const image = tf.tensor3d(Float32Array.from(rgb), [height, width, 3]);
    const theirs = await tf.image.resizeBilinear(image, [SPEC.input.height, SPEC.input.width], true).data();
    expect(theirs.length).toBe(ours.length);
    expect(ours.every((value, i) => Math.abs(value - (theirs[i] ?? Number.NaN) / 255) < 0.01 / 255)).toBe(true);
  });
});
