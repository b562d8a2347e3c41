/**
 * The oracle of `assembly/model-input.ts` in plain TypeScript: resizes the picture, then normalises and lays out its values.
 * It rounds at every step that is float32 in the kernel, and shares no code with it.
 */
import type { ModelInput } from '@lodestone/protocol/model';
import { offsetFor } from '../src/decode/pdq-grid.ts';
import type { Pixels, Size } from '../src/decode/pixels.ts';

type Round = (value: number) => number;

/** @param round takes most of the time; the benchmark, for which the last bits do not matter, omits it */
export function oracleModelInput(
  picture: Pixels,
  input: ModelInput,
  full: Size,
  round: Round = Math.fround,
): Float32Array<ArrayBuffer> {
  return laidOut(resized(picture, input, full, round), input, round);
}

/** Red, green and blue from 0 to 255, row by row. */
function resized({ data, width, height }: Pixels, to: Size, full: Size, round: Round): Float32Array<ArrayBuffer> {
  const between = (first: number, second: number, weight: number): number =>
    round(first + round(round(second - first) * weight));
  const rgb = new Float32Array(to.width * to.height * 3);
  const columns = positions(width, to.width, offsetFor(full.width, width), round);
  const rows = positions(height, to.height, offsetFor(full.height, height), round);
  let at = 0;
  for (const row of rows) {
    const [above, below] = [row.first * width, row.second * width];
    for (const column of columns) {
      for (let channel = 0; channel < 3; channel++) {
        const sample = (pixel: number): number => data[4 * pixel + channel] as number;
        const upper = between(sample(above + column.first), sample(above + column.second), column.weight);
        const lower = between(sample(below + column.first), sample(below + column.second), column.weight);
        rgb[at++] = between(upper, lower, row.weight);
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

interface Position {
  readonly first: number;
  readonly second: number;
  /** The weight of the second; the first has the rest. */
  readonly weight: number;
}

function positions(from: number, to: number, offset: number, round: Round): Position[] {
  const step = to > 1 ? (from - 1) / (to - 1) : 0;
  return Array.from({ length: to }, (_, i) => {
    const at = Math.max(0, Math.min(i * step - offset, from - 1));
    const first = Math.floor(at);
    return { first, second: Math.min(first + 1, from - 1), weight: round(at - first) };
  });
}
