/**
 * A small grey copy of a picture, and windows of it that are sampled again for one more hash.
 * Flow: variants → here. Spec: docs/design/hashing.md#variants
 */
import { type CheckedPicture, checkPicture, type Picture } from './picture.ts';

/** Brightness as numbers, so that sampling it again rounds once. */
export interface GreyPlane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Where the picture begins, in pixels of the plane. */
  readonly left: number;
  readonly top: number;
  /** Size of the picture in pixels of the plane. Its last column and row may cover less than one. */
  readonly spanX: number;
  readonly spanY: number;
  /** Of a pixel of the plane, in widths of one, as the picture is shown. */
  readonly pixelHeight: number;
}

/** What a reduction did to a picture: its sides may be reduced by different shares, and its pixels may lie between those before. */
export interface Reduction {
  /** The size before. Only the proportions count. */
  readonly full: Pick<Picture, 'width' | 'height'>;
  /** How far the content lies to the right of where equal pixels have it, and below, in pixels of the reduced picture. */
  readonly moved: { readonly x: number; readonly y: number };
}

/** Maps a place of a sampled square, from 0 to 1 a side, to a place in pixels of the plane. Places outside repeat the edge. */
export interface Window {
  readonly origin: readonly [x: number, y: number];
  /** How far the place moves over the square's width, and over its height. */
  readonly across: readonly [x: number, y: number];
  readonly down: readonly [x: number, y: number];
}

/** The longest side of a plane, at most. */
const LONGEST_SIDE = 512;
/** PDQ's own: the reference takes 64 × 64 places of a blurred picture, so a picture of this size is neither blurred nor reduced again. */
export const SAMPLED_SIDE = 64;

/**
 * @param reduction missing: the picture has its own proportions
 * @throws {PdqError} for a picture whose numbers do not fit together
 */
export function greyPlane(picture: Picture, reduction?: Reduction): GreyPlane {
  const checked = checkPicture(picture);
  const { full, moved } = reduction ?? { full: checked, moved: { x: 0, y: 0 } };
  const factor = Math.ceil(Math.max(checked.width, checked.height) / LONGEST_SIDE);
  const [width, height] = [Math.ceil(checked.width / factor), Math.ceil(checked.height / factor)];
  const data = new Float32Array(width * height);
  const row = new Float32Array(checked.width);
  for (let y = 0; y < height; y++) {
    const rows = Math.min(factor, checked.height - y * factor);
    row.fill(0);
    for (let r = 0; r < rows; r++) addRow(row, checked, y * factor + r);
    if (factor === 1) data.set(row, y * width);
    else reduceRow(row, factor, rows, data.subarray(y * width, (y + 1) * width));
  }
  row.fill(0);
  return {
    data,
    width,
    height,
    left: moved.x / factor,
    top: moved.y / factor,
    spanX: checked.width / factor,
    spanY: checked.height / factor,
    pixelHeight: (full.height * checked.width) / (full.width * checked.height),
  };
}

/** With the weights of the reference. */
function addRow(row: Float32Array, { data, width, channels, stride }: CheckedPicture, y: number): void {
  let at = y * stride;
  if (channels === 1) {
    for (let x = 0; x < width; x++, at++) row[x] = (row[x] as number) + (data[at] as number);
    return;
  }
  for (let x = 0; x < width; x++, at += channels)
    row[x] =
      (row[x] as number) +
      0.299 * (data[at] as number) +
      0.587 * (data[at + 1] as number) +
      0.114 * (data[at + 2] as number);
}

/** @param rows how many the row is the sum of */
function reduceRow(row: Float32Array, factor: number, rows: number, to: Float32Array): void {
  for (let x = 0; x < to.length; x++) {
    const end = Math.min(row.length, (x + 1) * factor);
    let sum = 0;
    for (let at = x * factor; at < end; at++) sum += row[at] as number;
    to[x] = sum / (rows * (end - x * factor));
  }
}

/** The part of a plane between these pixels. At an edge of the plane it begins, or ends, where the picture does. */
export function partOf(plane: GreyPlane, left: number, top: number, right: number, bottom: number): GreyPlane {
  const [width, height] = [right - left, bottom - top];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * plane.width + left;
    data.set(plane.data.subarray(from, from + width), y * width);
  }
  const begin = { x: left === 0 ? plane.left : 0, y: top === 0 ? plane.top : 0 };
  const end = {
    x: right === plane.width ? plane.left + plane.spanX - left : width,
    y: bottom === plane.height ? plane.top + plane.spanY - top : height,
  };
  return {
    ...plane,
    data,
    width,
    height,
    left: begin.x,
    top: begin.y,
    spanX: end.x - begin.x,
    spanY: end.y - begin.y,
  };
}

/** Blurred as the reference does: twice by the mean over half a block, of an odd width, so that nothing moves. A copy. */
export function blurred(plane: GreyPlane): GreyPlane {
  const { width, height } = plane;
  const between = new Float32Array(plane.data.length); // first: if it does not fit into memory, no copy stays
  const data = plane.data.slice();
  for (let pass = 0; pass < 2; pass++) {
    meanAcross(data, between, width, reachOf(width));
    meanDown(between, data, width, reachOf(height));
  }
  between.fill(0);
  return { ...plane, data };
}

/** Pixels to each side of the middle one. */
function reachOf(length: number): number {
  return Math.round((length / (2 * SAMPLED_SIDE) - 1) / 2);
}

function meanAcross(from: Float32Array, to: Float32Array, width: number, reach: number): void {
  const share = 1 / (2 * reach + 1);
  const last = width - 1;
  for (let start = 0; start < from.length; start += width) {
    const [first, end] = [start, start + last];
    let sum = 0;
    for (let x = -reach; x < reach; x++) sum += from[start + Math.max(0, Math.min(x, last))] as number;
    let [enters, leaves] = [start + reach, start - reach];
    for (let at = start; at <= end; at++, enters++, leaves++) {
      sum += from[enters < end ? enters : end] as number;
      to[at] = sum * share;
      sum -= from[leaves > first ? leaves : first] as number;
    }
  }
}

/** Row by row, because the values of a column lie far apart in memory. */
function meanDown(from: Float32Array, to: Float32Array, width: number, reach: number): void {
  const share = 1 / (2 * reach + 1);
  const sums = new Float64Array(width);
  const last = from.length - width;
  const startOf = (row: number): number => Math.max(0, Math.min(row * width, last));
  for (let row = -reach; row < reach; row++) {
    const start = startOf(row);
    for (let x = 0; x < width; x++) sums[x] = (sums[x] as number) + (from[start + x] as number);
  }
  for (let row = 0, at = 0; at < from.length; row++) {
    let [enters, leaves] = [startOf(row + reach), startOf(row - reach)];
    for (let x = 0; x < width; x++, at++, enters++, leaves++) {
      const sum = (sums[x] as number) + (from[enters] as number);
      to[at] = sum * share;
      sums[x] = sum - (from[leaves] as number);
    }
  }
  sums.fill(0);
}

/** @param out SAMPLED_SIDE² bytes: a picture with one channel, which `Hasher.hash` takes */
export function sample({ data, width, height }: GreyPlane, { origin, across, down }: Window, out: Uint8Array): void {
  const [stepX, stepY] = [across[0] / SAMPLED_SIDE, across[1] / SAMPLED_SIDE];
  const [lastX, lastY] = [width - 1, height - 1];
  for (let row = 0, at = 0; row < SAMPLED_SIDE; row++) {
    const share = (row + 0.5) / SAMPLED_SIDE;
    let x = origin[0] + down[0] * share + stepX / 2 - 0.5;
    let y = origin[1] + down[1] * share + stepY / 2 - 0.5;
    for (let column = 0; column < SAMPLED_SIDE; column++, at++, x += stepX, y += stepY) {
      const inX = x < 0 ? 0 : x > lastX ? lastX : x;
      const inY = y < 0 ? 0 : y > lastY ? lastY : y;
      // No arrays to take apart here: this runs for each of 4,096 places of each variant.
      const left = inX | 0;
      const top = inY | 0;
      const upper = top * width + left;
      const lower = top < lastY ? upper + width : upper;
      const right = left < lastX ? 1 : 0;
      const upperLeft = data[upper] as number;
      const lowerLeft = data[lower] as number;
      const above = upperLeft + ((data[upper + right] as number) - upperLeft) * (inX - left);
      const below = lowerLeft + ((data[lower + right] as number) - lowerLeft) * (inX - left);
      out[at] = above + (below - above) * (inY - top) + 0.5;
    }
  }
}
