/** Smooth random scenes, of which tests make pictures in any size. */
import type { Picture } from '../src/index.ts';
import { randomBits } from './arbitrary.ts';

/** Brightness at a place of the scene; its picture is from 0 to 1 on both axes. */
export type Scene = (x: number, y: number) => number;

/** Sums of random grids, coarse ones high and fine ones low, as in photographs: hashes are of good quality, and no detail is lost. */
export function sceneOf(seed: number): Scene {
  const random = randomBits(seed);
  const grids = [4, 8, 16, 32].map((cells) => ({
    cells,
    values: Float32Array.from({ length: (cells + 1) ** 2 }, () => (random() / 2 ** 32 - 0.5) * (560 / cells ** 0.7)),
  }));
  return (x, y) =>
    grids.reduce((sum, { cells, values }) => {
      const [gx, gy] = [x * cells, y * cells];
      const [left, top] = [Math.floor(gx), Math.floor(gy)];
      const at = (row: number): number => {
        const start = row * (cells + 1) + left;
        return (values[start] ?? 0) * (left + 1 - gx) + (values[start + 1] ?? 0) * (gx - left);
      };
      return sum + at(top) * (top + 1 - gy) + at(top + 1) * (gy - top);
    }, 128);
}

/** @param at the place of the scene that a pixel shows, from its place in pixels */
export function pictureOf(width: number, height: number, at: (x: number, y: number) => number): Picture {
  const data = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = at(x + 0.5, y + 0.5);
  return { data, width, height, channels: 1 };
}
