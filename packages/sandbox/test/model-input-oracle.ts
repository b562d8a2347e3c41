/**
 * What `assembly/pick.ts` must give, in plain TypeScript: first the picture in the model's size, then its values as the model
 * wants them. Rounded at every step that is float32 there; nothing is shared with `assembly/`.
 */
import type { ModelInput } from '@lodestone/protocol/model';
import { offsetFor } from '../src/decode/pdq-grid.ts';
import type { Pixels, Size } from '../src/decode/pixels.ts';

type Round = (value: number) => number;

/** @param round takes most of the time: the benchmark, where the last bits are of no matter, leaves it out */
export function oraclePick(
  picture: Pixels,
  input: ModelInput,
  full: Size,
  round: Round = Math.fround,
): Float32Array<ArrayBuffer> {
  return laidOut(squeezed(picture, input, full, round), input, round);
}

/** Red, green and blue from 0 to 255, row by row. */
function squeezed({ data, width, height }: Pixels, to: Size, full: Size, round: Round): Float32Array<ArrayBuffer> {
  const between = (first: number, second: number, share: number): number =>
    round(first + round(round(second - first) * share));
  const rgb = new Float32Array(to.width * to.height * 3);
  const columns = places(width, to.width, offsetFor(full.width, width), round);
  const rows = places(height, to.height, offsetFor(full.height, height), round);
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

function laidOut(rgb: Float32Array, { layout, mean, scale }: ModelInput, round: Round): Float32Array<ArrayBuffer> {
  const values = new Float32Array(rgb.length);
  const pixels = rgb.length / 3;
  const [step, plane] = layout === 'nhwc' ? [3, 1] : [1, pixels];
  for (let channel = 0; channel < 3; channel++) {
    const [by, from] = [round(scale[channel] as number), round(mean[channel] as number)];
    for (let i = 0; i < pixels; i++)
      values[i * step + channel * plane] = round(round((rgb[3 * i + channel] as number) - from) * by);
  }
  return values;
}

interface Place {
  readonly first: number;
  readonly second: number;
  /** Of the second. */
  readonly share: number;
}

function places(from: number, to: number, offset: number, round: Round): Place[] {
  const step = to > 1 ? (from - 1) / (to - 1) : 0;
  return Array.from({ length: to }, (_, i) => {
    const at = Math.max(0, Math.min(i * step - offset, from - 1));
    const first = Math.floor(at);
    return { first, second: Math.min(first + 1, from - 1), share: round(at - first) };
  });
}
