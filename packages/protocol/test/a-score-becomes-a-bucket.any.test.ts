/** A score becomes the number of thresholds that it reaches. An invalid output has no bucket. */
import { bucketOf, type ModelSpec } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { model } from '@lodestone/testkit/arbitrary';

const spec = (output: Partial<ModelSpec['output']> = {}): ModelSpec => ({
  input: { name: 'in', width: 1, height: 1, layout: 'nhwc', mean: [0, 0, 0], scale: [1, 1, 1] },
  output: { name: 'out', classes: ['plain', 'marked', 'other'], sensitive: ['marked', 'other'], ...output },
  buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
});

/** A model and softmax values for its classes: from 0 to 1, and at most 1 in total. */
const modelAndValues = model.chain((manifest) =>
  fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: manifest.output.classes.length,
      maxLength: manifest.output.classes.length,
    })
    .map((values) => {
      const sum = Math.max(
        1,
        values.reduce((a, b) => a + b, 0),
      );
      return { manifest, values: values.map((value) => value / sum) };
    }),
);

describe('a bucket', () => {
  test('is an integer from 0 to 10, for any model and output', () => {
    fc.assert(
      fc.property(modelAndValues, ({ manifest, values }) => {
        const bucket = bucketOf(values, manifest);
        expect(Number.isInteger(bucket)).toBe(true);
        expect(bucket).toBeGreaterThanOrEqual(0);
        expect(bucket).toBeLessThanOrEqual(10);
        expect(bucketOf(Float64Array.from(values), manifest)).toBe(bucket);
      }),
    );
  });

  test('does not decrease when a sensitive class increases, and ignores the other classes', () => {
    fc.assert(
      fc.property(
        modelAndValues,
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ manifest, values }, nth, to) => {
          const { classes, sensitive } = manifest.output;
          const at = nth % classes.length;
          const before = bucketOf(values, manifest) ?? Number.NaN;
          const raised = bucketOf(values.with(at, Math.max(values[at] ?? 0, to)), manifest) ?? Number.NaN;
          const isSensitive = sensitive.includes(classes[at] ?? '');
          expect(isSensitive ? raised >= before : raised === before).toBe(true);
        },
      ),
    );
  });

  test('is the number of thresholds that the sum of the sensitive classes reaches', () => {
    fc.assert(
      fc.property(modelAndValues, ({ manifest, values }) => {
        const { classes, sensitive } = manifest.output;
        const score = values.filter((_, i) => sensitive.includes(classes[i] ?? '')).reduce((a, b) => a + b, 0);
        const bucket = bucketOf(values, manifest) ?? Number.NaN;
        if (bucket > 0) expect(score).toBeGreaterThanOrEqual(manifest.buckets[bucket - 1] ?? Number.NaN);
        if (bucket < 10) expect(score).toBeLessThan(manifest.buckets[bucket] ?? Number.NaN);
      }),
    );
  });

  test.each([
    [[1, 0, 0], 0],
    [[0.5, 0.5, 0], 5],
    [[0.5, 0.25, 0.25], 5],
    [[0, 1, 0], 10],
    [[0.91, 0.09, 0], 0],
    [[0.9, 0.1, 0], 1],
    [[0, 0.5, 0.5], 10],
  ])('of %j is %i', (values, bucket) => {
    expect(bucketOf(values, spec())).toBe(bucket);
    expect(bucketOf(Float64Array.from(values), spec())).toBe(bucket);
  });

  test('accepts softmax values slightly outside 0 to 1 from rounding', () => {
    expect(bucketOf([-1e-7, 1 + 1e-7, 0], spec())).toBe(10);
    expect(bucketOf([1 + 1e-7, -1e-7, -1e-7], spec())).toBe(0);
  });
});

describe('there is no bucket', () => {
  test('for an output of another length', () => {
    fc.assert(
      fc.property(fc.array(fc.constant(0.1), { maxLength: 6 }), (values) => {
        expect(bucketOf(values, spec()) === undefined).toBe(values.length !== 3);
      }),
    );
    expect(bucketOf([], spec())).toBeUndefined();
  });

  test('if any value is invalid, also in a class that does not count', () => {
    fc.assert(
      fc.property(
        modelAndValues,
        fc.nat(),
        fc.oneof(
          fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.01, 1.01),
          fc.double({ max: -0.0011, noNaN: true }),
          fc.double({ min: 1.0011, noNaN: true }),
        ),
        ({ manifest, values }, nth, wrong) => {
          expect(bucketOf(values.with(nth % values.length, wrong), manifest)).toBeUndefined();
        },
      ),
    );
  });

  test('for an output with a missing value', () => {
    expect(bucketOf({ length: 3, 0: 0.1, 2: 0.1 }, spec())).toBeUndefined();
  });
});
