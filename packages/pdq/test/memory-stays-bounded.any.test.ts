/** In addition to the picture, hashing needs at most 1.5 MB at any size, because large pictures are hashed in strips. */
import { beforeAll, expect, test } from 'vitest';
import { loadPdq } from '../src/index.ts';
import { stripColumnsFor } from '../src/hash.ts';
import { compileKernel, newKernel } from '../src/kernel.ts';
import { oracleHash } from './oracle.ts';
import { draw } from './arbitrary.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileKernel();
});

const sizes = [512, 1_024, 2_500, 4_000, 6_000, 8_192, 12_000, 16_384];

for (const width of sizes) {
  for (const height of sizes) {
    test(`${width}×${height}`, () => {
      const kernel = newKernel(module);
      kernel.open(width, height, 4, stripColumnsFor(height));
      expect(kernel.memory.buffer.byteLength).toBeLessThanOrEqual(1_572_864);
    });
  }
}

test('a picture that needs two strips gets the right hash', { timeout: 60_000 }, async () => {
  const picture = draw({ width: 8_400, height: 150, channels: 4, padding: 4, style: 'smooth', seed: 99 });
  const { hash, quality } = (await loadPdq()).hash(picture);
  expect(stripColumnsFor(150)).toBeLessThan(8_400);
  expect({ hash, quality }).toEqual(oracleHash(picture));
});
