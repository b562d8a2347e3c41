/** The script that measures quality counts and resizes as it says. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createModelInput } from '@lodestone/sandbox/model-input';
import { alarmsOf, differenceOf, wilson } from '../scripts/quality/judge.ts';
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

test('an alarm is a picture whose score reaches the bucket, and beachwear alone is none', () => {
  expect(alarmsOf([sure(PORN, 1), sure(NEUTRAL, 1), sure(SEXY, 1)], SPEC)).toEqual(SPEC.buckets.map(() => 1));
  expect(alarmsOf([sure(NEUTRAL, 0.9)], SPEC).every((found) => found === 0)).toBe(true);
});

test('differences are of every class, and a decision is changed where two sides of a threshold differ', () => {
  const { max, maxScore, farOff, changed } = differenceOf([[sure(PORN, 1), sure(NEUTRAL, 1)]], SPEC);
  expect([max, maxScore, farOff, changed]).toEqual([1, 1, 1, SPEC.buckets.map(() => 1)]);
  expect(differenceOf([[sure(PORN, 0.5), sure(PORN, 0.5)]], SPEC).changed).toEqual(SPEC.buckets.map(() => 0));
});

describe("the source's resize", () => {
  // Vitest would take what a hook returns for its end.
  beforeAll(async () => void (await loadSourceModel()));
  test.each([
    [640, 400],
    [224, 224],
    [100, 301],
    [1, 1],
  ])('is ours, of %i × %i', async (width, height) => {
    const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 97) % 251));
    const pick = createModelInput({ ...SPEC.input, layout: 'nhwc' }, width * height);
    const ours = pick({ data, width, height }, { width, height });
    const rgb = data.filter((_, i) => i % 4 !== 3);
    const image = tf.tensor3d(Float32Array.from(rgb), [height, width, 3]);
    const theirs = await tf.image.resizeBilinear(image, [SPEC.input.height, SPEC.input.width], true).data();
    expect(theirs.length).toBe(ours.length);
    expect(ours.every((value, i) => Math.abs(value - (theirs[i] ?? Number.NaN) / 255) < 0.01 / 255)).toBe(true);
  });
});
