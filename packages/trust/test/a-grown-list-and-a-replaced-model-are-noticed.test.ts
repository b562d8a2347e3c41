/** Notices of releases: growth by more than a quarter since the last notice, in however many steps, and another model. */
import type { ModelManifest } from '@lodestone/protocol/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIST_GROWTH_SHARE, type ListBaseline, listChange, modelChange } from '@lodestone/trust';

const list = (version: number, pdq: number, sha256 = 0, vpdq = 0) => ({ version, counts: { pdq, sha256, vpdq } });

describe('a list', () => {
  test('that grows by a quarter is not noticed, and by one record more it is', () => {
    expect(listChange({ version: 1, records: 100 }, list(2, 125))).toBeUndefined();
    expect(listChange({ version: 1, records: 100 }, list(2, 100, 20, 6))).toEqual({
      kind: 'list-grew',
      from: { version: 1, records: 100 },
      to: { version: 2, records: 126 },
    });
  });
  test('that shrinks is not noticed, and an empty list that gets a record is', () => {
    expect(listChange({ version: 1, records: 100 }, list(2, 0))).toBeUndefined();
    expect(listChange({ version: 1, records: 0 }, list(2, 1))).toMatchObject({ kind: 'list-grew' });
  });
  test('never grows by more than the share without a notice, in any number of steps', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1 }), ([first = 0, ...sizes]) => {
        let baseline: ListBaseline = { version: 1, records: first };
        for (const [i, size] of sizes.entries()) {
          const change = listChange(baseline, list(i + 2, size));
          if (change?.kind === 'list-grew') baseline = change.to;
          expect(size).toBeLessThanOrEqual(baseline.records * (1 + LIST_GROWTH_SHARE));
        }
      }),
    );
  });
});

const MODEL = {
  schema: 'lodestone/model/v1',
  model: 'shapes',
  version: 1,
  file: { path: 'v1/models/shapes/1.onnx', length: 1, sha256: 'a'.repeat(64) },
  runtime: { path: 'v1/models/runtime/x.wasm', length: 1, sha256: 'b'.repeat(64) },
  input: { name: 'in', width: 8, height: 8, layout: 'nhwc', mean: [0, 0, 0], scale: [1, 1, 1] },
  output: { name: 'out', classes: ['x'], sensitive: ['x'] },
  buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  figures: [],
  notAfter: '2027-01-01T00:00:00Z',
} as unknown as ModelManifest;

describe('a model', () => {
  test('with a longer period is the same', () => {
    const renewed = { ...MODEL, version: 2, notAfter: '2027-03-01T00:00:00Z' } as ModelManifest;
    expect(modelChange(MODEL, renewed)).toBeUndefined();
  });
  test.for([
    ['file', { file: { ...MODEL.file, sha256: 'c'.repeat(64) } }],
    ['runtime', { runtime: { ...MODEL.runtime, sha256: 'c'.repeat(64) } }],
    ['buckets', { buckets: MODEL.buckets.map((score) => score / 2) }],
    ['classes', { output: { ...MODEL.output, classes: ['x', 'y'] } }],
    ['figures', { figures: [{ group: 'all', bucket: 8, pictures: 1, falseAlarms: 0, found: 1 }] }],
  ])('with another %s is replaced', ([, change]) => {
    const next = { ...MODEL, version: 2, ...(change as object) } as ModelManifest;
    expect(modelChange(MODEL, next)).toEqual({ kind: 'model-replaced', from: 1, to: 2 });
  });
});
