/** Every engine generates the same bytes for the model's file and its pictures. */
import { parseModelManifest, printModelManifest } from '@lodestone/protocol/model';
import { expect, test } from 'vitest';
import { discs, landscape, MODEL, otherDiscs, pngOf, shapesModel, stripes } from '../src/index.ts';

const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');

test('the ONNX file', async () => {
  const { file } = shapesModel();
  expect(file.length).toBeLessThan(16_384);
  expect(shapesModel().file).toEqual(file);
  expect(await sha256(file)).toBe('09aa56b0056ef0f896d70d983e1884f6eb081826c31ee44e9f8da05816ae1509');
});

test('pictures, as PNG', async () => {
  const png = pngOf(discs({ seed: 1 }));
  expect(pngOf(discs({ seed: 1 }))).toEqual(png);
  for (const other of [discs({ seed: 2 }), otherDiscs({ seed: 1 }), stripes({ seed: 1 }), landscape({ seed: 1 })]) {
    expect(pngOf(other)).not.toEqual(png);
  }
});

test('specification and figures are a valid manifest', () => {
  const { spec, figures } = shapesModel();
  const target = (path: string) => ({ path, length: 1, sha256: 'ab'.repeat(32) });
  const manifest = {
    schema: 'lodestone/model/v1',
    model: MODEL,
    version: 1,
    file: target('v1/models/shapes/1.onnx'),
    runtime: target('v1/models/runtime/abababababababab.wasm'),
    ...spec,
    figures,
    notAfter: '2026-12-01T00:00:00Z',
  };
  const printed = printModelManifest(parseModelManifest(new TextEncoder().encode(JSON.stringify(manifest))));
  expect(parseModelManifest(printed)).toEqual(manifest);
});
