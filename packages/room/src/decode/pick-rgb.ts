/**
 * The reduced picture, squeezed to a classifier's sides: bilinear, corners on corners, as TensorFlow's `resizeBilinear` with
 * `alignCorners`. Promise: not rounded, since rounding alone can move a classifier's score by 0.07; the same in every engine.
 */
import { offsetFor } from './pdq-grid.ts';
import type { Pixels, Size } from './pixels.ts';

/**
 * Red, green and blue from 0 to 255, row by row.
 *
 * @param full the picture's size before it was reduced, as it is shown: a reduced picture lies a little off, for PDQ's sake
 */
export function pickRgb({ data, width, height }: Pixels, to: Size, full: Size): Float32Array<ArrayBuffer> {
  const rgb = new Float32Array(to.width * to.height * 3);
  const columns = places(width, to.width, offsetFor(full.width, width));
  const rows = places(height, to.height, offsetFor(full.height, height));
  let at = 0;
  for (const row of rows) {
    const [above, below] = [row.first * width, row.second * width];
    for (const column of columns) {
      for (let channel = 0; channel < 3; channel++) {
        const sample = (pixel: number): number => data[4 * pixel + channel] as number;
        const upper = between(sample(above + column.first), sample(above + column.second), column.share);
        const lower = between(sample(below + column.first), sample(below + column.second), column.share);
        rgb[at++] = between(upper, lower, row.share);
      }
    }
  }
  return rgb;
}

interface Place {
  readonly first: number;
  readonly second: number;
  /** Of the second. */
  readonly share: number;
}

function between(first: number, second: number, share: number): number {
  return first + (second - first) * share;
}

function places(from: number, to: number, offset: number): Place[] {
  const step = to > 1 ? (from - 1) / (to - 1) : 0;
  return Array.from({ length: to }, (_, i) => {
    const at = Math.max(0, Math.min(i * step - offset, from - 1));
    const first = Math.floor(at);
    return { first, second: Math.min(first + 1, from - 1), share: at - first };
  });
}
