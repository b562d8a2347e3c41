/**
 * Brightness planes and their arithmetic: reduce, turn, crop, correlate. Pure.
 * Flow: picture-decoder.ts, raw-planes.ts → here → likeness.ts. Spec: docs/design/audit.md#pictures
 */

/** Brightness, row by row from the top left. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: ArrayLike<number>;
}

/** ITU-R BT.601, as JPEG. */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Averages areas of a picture that arrives row by row. */
export interface Reducer {
  /** @param from where the row begins in `values` */
  push(values: ArrayLike<number>, from: number): void;
  finish(): Plane;
}

/** @param size of the result; not larger than the picture */
export function createReducer(width: number, height: number, size: { width: number; height: number }): Reducer {
  const sums = new Float64Array(size.width * size.height);
  // The row that arrived, reduced to the cells of one line.
  const line = new Float64Array(size.width);
  const columns = shares(width, size.width);
  const rows = shares(height, size.height);
  const addLine = (at: number, share: number): void => {
    for (let x = 0; x < size.width; x++) sums[at + x] = (sums[at + x] ?? 0) + (line[x] ?? 0) * share;
  };
  let y = 0;
  return {
    push(values, from) {
      line.fill(0);
      for (let x = 0; x < width; x++) {
        const value = values[from + x] ?? 0;
        const cell = columns.first[x] ?? 0;
        const share = columns.share[x] ?? 1;
        line[cell] = (line[cell] ?? 0) + value * share;
        if (share < 1) line[cell + 1] = (line[cell + 1] ?? 0) + value * (1 - share);
      }
      const first = rows.first[y] ?? 0;
      const share = rows.share[y] ?? 1;
      y++;
      addLine(first * size.width, share);
      if (share < 1) addLine((first + 1) * size.width, 1 - share);
    },
    finish() {
      const area = (width / size.width) * (height / size.height);
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) / area;
      return { ...size, values: sums };
    },
  };
}

interface Shares {
  first: Uint32Array;
  share: Float64Array;
}

/** A search reduces hundreds of thousands of planes, and few pairs of sizes occur. Those of large pictures are not kept. */
const knownShares = new Map<number, Shares>();
const MOST_KNOWN = 512;

/** For each of `many` positions: the first of `few` cells that it overlaps, and its share in that cell; the rest is in the next. */
function shares(many: number, few: number): Shares {
  const key = many * 65_536 + few;
  const known = knownShares.get(key);
  if (known) return known;
  const scale = few / many;
  const made: Shares = { first: new Uint32Array(many), share: new Float64Array(many) };
  for (let at = 0; at < many; at++) {
    const from = at * scale;
    const first = Math.min(few - 1, Math.floor(from + 1e-9));
    const share = first === few - 1 ? 1 : Math.min(1, (first + 1 - from) / scale);
    made.first[at] = first;
    made.share[at] = share > 1 - 1e-9 ? 1 : share;
  }
  if (many <= MOST_KNOWN) knownShares.set(key, made);
  return made;
}

export function reduce(plane: Plane, width: number, height: number): Plane {
  if (plane.width === width && plane.height === height) return plane;
  const reducer = createReducer(plane.width, plane.height, { width, height });
  for (let y = 0; y < plane.height; y++) reducer.push(plane.values, y * plane.width);
  return reducer.finish();
}

/** The eight orientations of a rectangle, as bits: 1 mirrors columns, 2 mirrors rows, 4 exchanges rows and columns. */
export const ORIENTATIONS = [0, 1, 2, 3, 4, 5, 6, 7] as const;
export type OrientationBits = (typeof ORIENTATIONS)[number];

export function exchangesSides(orientation: OrientationBits): boolean {
  return (orientation & 4) !== 0;
}

export function orient({ width, height, values }: Plane, orientation: OrientationBits): Plane {
  const transposes = exchangesSides(orientation);
  const [w, h] = transposes ? [height, width] : [width, height];
  const out = new Float64Array(values.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [column, row] = transposes ? [y, x] : [x, y];
      const from = (orientation & 1) !== 0 ? width - 1 - column : column;
      const line = (orientation & 2) !== 0 ? height - 1 - row : row;
      out[y * w + x] = values[line * width + from] ?? 0;
    }
  }
  return { width: w, height: h, values: out };
}

function crop({ width, values }: Plane, left: number, top: number, w: number, h: number): Plane {
  const out = new Float64Array(w * h);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) out[y * w + x] = values[(top + y) * width + left + x] ?? 0;
  return { width: w, height: h, values: out };
}

/** The square in the middle; undefined if the plane is nearly square. */
export function middleSquare(plane: Plane): Plane | undefined {
  const { width, height } = plane;
  const side = Math.min(width, height);
  if (side * 1.05 > Math.max(width, height)) return undefined;
  return crop(plane, Math.floor((width - side) / 2), Math.floor((height - side) / 2), side, side);
}

/** Without rows and columns of one brightness at the edges: letterbox bars. Undefined if there are none. */
export function withoutBars(plane: Plane): Plane | undefined {
  const { width, height, values } = plane;
  const at = (x: number, y: number): number => values[y * width + x] ?? 0;
  const isBar = (length: number, of: (i: number) => number): boolean => {
    for (let i = 1; i < length; i++) if (Math.abs(of(i) - of(0)) > BAR_TOLERANCE) return false;
    return true;
  };
  const isRow = (y: number): boolean => isBar(width, (x) => at(x, y));
  const isColumn = (x: number): boolean => isBar(height, (y) => at(x, y));
  let [left, right, top, bottom] = [0, width, 0, height];
  while (top < bottom && isRow(top)) top++;
  while (bottom > top && isRow(bottom - 1)) bottom--;
  while (left < right && isColumn(left)) left++;
  while (right > left && isColumn(right - 1)) right--;
  const [w, h] = [right - left, bottom - top];
  return (w === width && h === height) || w < 8 || h < 8 ? undefined : crop(plane, left, top, w, h);
}

/** Grey levels: what a lossy encoder changes in a bar. */
const BAR_TOLERANCE = 6;

/** Each value minus the mean of its neighbourhood of 3 × 3. Unrelated pictures often share their large areas, rarely these. */
export function details({ width, height, values }: Plane): Plane {
  const out = new Float64Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [sum, many] = [0, 0];
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          sum += values[row * width + column] ?? 0;
          many++;
        }
      }
      out[y * width + x] = (values[y * width + x] ?? 0) - sum / many;
    }
  }
  return { width, height, values: out };
}

/** Values with mean 0 and length 1, so that a scalar product is the correlation; undefined if all values are nearly equal. */
export function normalised({ values }: Plane, leastDeviation: number): Float64Array | undefined {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i] ?? 0;
  mean /= values.length;
  const out = new Float64Array(values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = (values[i] ?? 0) - mean;
    out[i] = value;
    sum += value * value;
  }
  if (!(Math.sqrt(sum / values.length) >= leastDeviation) || sum === 0) return undefined;
  const length = Math.sqrt(sum);
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) / length;
  return out;
}

/** Normalised values with their projection onto blocks, which bounds a correlation cheaply. */
export interface Bounded {
  values: Float64Array;
  /** Coordinates of the part that is constant in each of 4 × 4 blocks. */
  blocks: Float64Array;
  /** Length of what the blocks leave. */
  rest: number;
}

const BLOCKS = 4;

export function bounded(values: Float64Array, width: number, height: number): Bounded {
  const blocks = new Float64Array(BLOCKS * BLOCKS);
  const sizes = new Float64Array(BLOCKS * BLOCKS);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * BLOCKS) / height) * BLOCKS;
    for (let block = 0, x = 0; block < BLOCKS; block++) {
      const end = Math.ceil(((block + 1) * width) / BLOCKS);
      const at = row + block;
      sizes[at] = (sizes[at] ?? 0) + end - x;
      let sum = 0;
      for (; x < end; x++) sum += values[y * width + x] ?? 0;
      blocks[at] = (blocks[at] ?? 0) + sum;
    }
  }
  let length = 0;
  for (let i = 0; i < blocks.length; i++) {
    const coordinate = (blocks[i] ?? 0) / Math.sqrt(Math.max(1, sizes[i] ?? 0));
    blocks[i] = coordinate;
    length += coordinate * coordinate;
  }
  return { values, blocks, rest: Math.sqrt(Math.max(0, 1 - length)) };
}

/** The correlation, if its absolute value is `least` or more: by Cauchy-Schwarz the rests add at most the product of their lengths. */
export function correlationFrom(least: number, a: Bounded, b: Bounded): number | undefined {
  if (Math.abs(correlation(a.blocks, b.blocks)) + a.rest * b.rest < least - 1e-9) return undefined;
  const r = correlation(a.values, b.values);
  return Math.abs(r) >= least ? r : undefined;
}

/** Pearson's correlation of normalised values. */
export function correlation(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
