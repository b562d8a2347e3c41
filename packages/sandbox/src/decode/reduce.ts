/**
 * Reduces a decoded picture by area average, on a grid that suits PDQ. Flow: decoder → here → orient.
 * Promise: the same pixels give the same result in every engine; a small picture keeps its pixels. Rows are read in strips, so that
 * a large picture is never copied as a whole. Spec: docs/design/hashing.md#reduction
 */
import { offsetFor, widthFor } from './pdq-grid.ts';
import { type Pixels, reducedSize, type Size } from './pixels.ts';

/** A decoder's output: the picture, possibly scaled. */
export interface DecodedPicture extends Size {
  /** Of rows that are read at once. Default 4 MiB. */
  readonly stripBytes?: number;
  /** Returns opaque RGBA rows in a buffer that the caller overwrites with zeros. */
  rows(first: number, count: number): Promise<Uint8Array | Uint8ClampedArray>;
}

/** Which axes the orientation will mirror. */
export interface Mirrored {
  readonly x: boolean;
  readonly y: boolean;
}

/** Large enough that the number of calls does not matter, small compared to a large picture. */
const STRIP_BYTES = 4_194_304;

/** @param full the picture's size before any scaling, in the orientation of `picture` */
export async function reduce(
  picture: DecodedPicture,
  full: Size,
  mirrored: Mirrored = { x: false, y: false },
): Promise<Pixels> {
  const target = reducedSize(picture);
  const offset = (of: number, to: number, isMirrored: boolean): number => offsetFor(of, to) * (isMirrored ? -1 : 1);
  const axis = (from: number, to: number, of: number, isMirrored: boolean): Weight[] =>
    weights(from, to, offset(of, to, isMirrored), widthFor(of, from, to));
  const columns = axis(picture.width, target.width, full.width, mirrored.x);
  const rows = axis(picture.height, target.height, full.height, mirrored.y);
  const across = byTarget(columns, target.width);
  const down = bySource(rows, picture.height);
  const sums = new Float64Array(target.width * target.height * 3);
  const line = new Float64Array(target.width * 3);
  const rowsAtOnce = rowsInStrip(picture);
  for (let first = 0; first < picture.height; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, picture.height - first);
    const strip = await picture.rows(first, count);
    for (let row = 0; row < count; row++) {
      averageAcross(strip, row * picture.width * 4, across, line);
      addDown(line, down, first + row, sums);
    }
    strip.fill(0);
  }
  const data = toOpaque(sums);
  sums.fill(0);
  line.fill(0);
  return { ...target, data };
}

/** Pixels as a decoder's output. They stay as they are. */
export function rowsOf({ width, height, data }: Pixels): DecodedPicture {
  return { width, height, rows: async (first, count) => data.slice(first * width * 4, (first + count) * width * 4) };
}

/** Reads all pixels, unreduced. */
export async function readAll(picture: DecodedPicture): Promise<Pixels> {
  const { width, height } = picture;
  const data = new Uint8ClampedArray(width * height * 4);
  const rowsAtOnce = rowsInStrip(picture);
  for (let first = 0; first < height; first += rowsAtOnce) {
    const strip = await picture.rows(first, Math.min(rowsAtOnce, height - first));
    data.set(strip, first * width * 4);
    strip.fill(0);
  }
  return { width, height, data };
}

function rowsInStrip({ width, stripBytes = STRIP_BYTES }: DecodedPicture): number {
  return Math.max(1, Math.floor(stripBytes / (width * 4)));
}

/** The weight of a source pixel in a target pixel. */
interface Weight {
  readonly source: number;
  readonly target: number;
  readonly weight: number;
}

/** Target pixel t averages the source over `width` about t + ½ + offset, in target pixels; edge pixels are repeated. */
function weights(source: number, target: number, offset: number, width: number): Weight[] {
  const scale = source / target;
  const found: Weight[] = [];
  for (let t = 0; t < target; t++) {
    const centre = t + 0.5 + offset;
    const [from, to] = [(centre - width / 2) * scale, (centre + width / 2) * scale];
    for (let s = Math.floor(from); s < to; s++) {
      const weight = (Math.min(s + 1, to) - Math.max(s, from)) / (to - from);
      found.push({ source: Math.min(source - 1, Math.max(0, s)), target: t, weight });
    }
  }
  return found;
}

/** Weights in groups: those of group g are from `end[g - 1]` to `end[g]`, each with the pixel on the other side. */
interface Grouped {
  readonly end: Uint32Array;
  readonly other: Uint32Array;
  readonly weight: Float64Array;
}

function byTarget(all: readonly Weight[], count: number): Grouped {
  return grouped(
    all.map(({ source, target, weight }) => ({ group: target, other: source, weight })),
    count,
  );
}

function bySource(all: readonly Weight[], count: number): Grouped {
  return grouped(
    all.map(({ source, target, weight }) => ({ group: source, other: target, weight })),
    count,
  );
}

function grouped(all: { group: number; other: number; weight: number }[], count: number): Grouped {
  all.sort((a, b) => a.group - b.group);
  const end = new Uint32Array(count);
  for (let group = 0, i = 0; group < count; group++) {
    while (all[i]?.group === group) i++;
    end[group] = i;
  }
  return {
    end,
    other: Uint32Array.from(all, ({ other }) => other),
    weight: Float64Array.from(all, ({ weight }) => weight),
  };
}

/** One row of the picture to one line of the target. */
function averageAcross(
  strip: Uint8Array | Uint8ClampedArray,
  rowStart: number,
  { end, other, weight }: Grouped,
  line: Float64Array,
): void {
  for (let target = 0, i = 0; target < end.length; target++) {
    const until = end[target] as number;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (; i < until; i++) {
      const from = rowStart + (other[i] as number) * 4;
      const factor = weight[i] as number;
      red += (strip[from] as number) * factor;
      green += (strip[from + 1] as number) * factor;
      blue += (strip[from + 2] as number) * factor;
    }
    line[target * 3] = red;
    line[target * 3 + 1] = green;
    line[target * 3 + 2] = blue;
  }
}

/** Adds the line to each target row that the source row contributes to. */
function addDown(line: Float64Array, { end, other, weight }: Grouped, row: number, sums: Float64Array): void {
  const until = end[row] as number;
  for (let i = row === 0 ? 0 : (end[row - 1] as number); i < until; i++) {
    const to = (other[i] as number) * line.length;
    const factor = weight[i] as number;
    for (let at = 0; at < line.length; at++) sums[to + at] = (sums[to + at] as number) + (line[at] as number) * factor;
  }
}

function toOpaque(sums: Float64Array): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray((sums.length / 3) * 4).fill(255);
  // A Uint8ClampedArray rounds to the nearest integer.
  for (let from = 0, to = 0; from < sums.length; from += 3, to += 4) {
    data[to] = sums[from] as number;
    data[to + 1] = sums[from + 1] as number;
    data[to + 2] = sums[from + 2] as number;
  }
  return data;
}
