import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { type Digest } from '../src/digest.ts';
import { type Name } from '../src/name.ts';
import {
  keysPath,
  listFilePath,
  listManifestPath,
  modelFilePath,
  modelManifestPath,
  orderPath,
  parseTargetPath,
  runtimePath,
  splitReference,
  suppressionPath,
  TargetPath,
  targetReference,
} from '../src/paths.ts';

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/) as fc.Arbitrary<Name>;
const version = fc.integer({ min: 1, max: 1e9 });

describe('a built path', () => {
  test('is a target path that parses to the name and version it was built from', () => {
    fc.assert(
      fc.property(name, version, fc.constantFrom('onnx' as const, 'ort' as const), (of, number, format) => {
        const built: [TargetPath, ReturnType<typeof parseTargetPath>][] = [
          [orderPath(of), { kind: 'order', name: of }],
          [keysPath(of), { kind: 'keys', name: of }],
          [listManifestPath(of), { kind: 'list-manifest', name: of }],
          [suppressionPath(listManifestPath(of)), { kind: 'suppression', name: of }],
          [listFilePath(of, number), { kind: 'list-file', name: of, version: number }],
          [modelManifestPath(of), { kind: 'model-manifest', name: of }],
          [modelFilePath(of, number, format), { kind: 'model-file', name: of, version: number }],
        ];
        for (const [path, target] of built) {
          expect(z.parse(TargetPath, path)).toBe(path);
          expect(parseTargetPath(path)).toEqual(target);
        }
      }),
    );
  });
  test('of a runtime has the first 16 digits of its digest', () => {
    const path = runtimePath('0123456789abcdef'.repeat(4) as Digest);
    expect(path).toBe('v1/models/runtime/0123456789abcdef.wasm');
    expect(parseTargetPath(path)).toEqual({ kind: 'runtime' });
  });
  test('and its source make a reference that splits into both', () => {
    fc.assert(
      fc.property(name, name, (source, of) => {
        const path = listManifestPath(of);
        expect(splitReference(targetReference(source, path))).toEqual({ source, path });
      }),
    );
  });
});

test.each([
  'v1/orders/a.b.json',
  'v1/orders/-a.json',
  'v1/orders/a/b.json',
  'v1/orders/a.json.json',
  'v1/orders/a.JSON',
  'v1/orders/.json',
  'xv1/orders/a.json',
  'targets/v1/orders/a.json',
  'v1/keys/a_b.json',
  'v1/lists/a.b/manifest.json',
  'v1/lists/manifest.json',
  'v1/lists/a/b/manifest.json',
  'v1/lists/a/01.lode',
  'v1/lists/a/0.lode',
  'v1/lists/a/1.onnx',
  'v1/models/a.b/manifest.json',
  'v1/models/runtime/0123.wasm',
  'v1/models/a/1.wasm',
  'v1/other/a.json',
  'v1/orders/a.json\n',
  '',
])('%j names no target', (path) => {
  expect(parseTargetPath(path)).toBeUndefined();
});
