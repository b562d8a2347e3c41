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
  /** Size of the picture in pixels of the plane. Its last column and row may cover less than one. */
  readonly spanX: number;
  readonly spanY: number;
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

/** @throws {PdqError} for a picture whose numbers do not fit together */
export function greyPlane(picture: Picture): GreyPlane {
  const checked = checkPicture(picture);
  const factor = Math.ceil(Math.max(checked.width, checked.height) / LONGEST_SIDE);
  const [width, height] = [Math.ceil(checked.width / factor), Math.ceil(checked.height / factor)];
  const data = new Float32Array(width * height);
  const row = new Float32Array(checked.width);
  for (let y = 0; y < height; y++) {
    const rows = Math.min(factor, checked.height - y * factor);
    row.fill(0);
    for (let r = 0; r < rows; r++) addRow(row, checked, y * factor + r);
    for (let x = 0; x < width; x++) {
      const end = Math.min(checked.width, (x + 1) * factor);
      let sum = 0;
      for (let at = x * factor; at < end; at++) sum += row[at] as number;
      data[y * width + x] = sum / (rows * (end - x * factor));
    }
  }
  return { data, width, height, spanX: checked.width / factor, spanY: checked.height / factor };
}

/** With the weights of the reference. */
function addRow(row: Float32Array, { data, width, channels, stride }: CheckedPicture, y: number): void {
  let at = y * stride;
  for (let x = 0; x < width; x++, at += channels)
    row[x] =
      (row[x] as number) +
      (channels === 1
        ? (data[at] as number)
        : 0.299 * (data[at] as number) + 0.587 * (data[at + 1] as number) + 0.114 * (data[at + 2] as number));
}

/** The part of a plane between these pixels. */
export function partOf(plane: GreyPlane, left: number, top: number, right: number, bottom: number): GreyPlane {
  const [width, height] = [right - left, bottom - top];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * plane.width + left;
    data.set(plane.data.subarray(from, from + width), y * width);
  }
  return {
    data,
    width,
    height,
    spanX: Math.min(width, plane.spanX - left),
    spanY: Math.min(height, plane.spanY - top),
  };
}

/** Blurred as the reference does: twice by the mean over half a block, of an odd width, so that nothing moves. */
export function blurred(plane: GreyPlane): GreyPlane {
  const { width, height } = plane;
  let data = plane.data;
  const [reachX, reachY] = [reachOf(width), reachOf(height)];
  for (let pass = 0; pass < 2; pass++) {
    data = meanOverLines(data, { lines: height, length: width, line: width, step: 1 }, reachX);
    data = meanOverLines(data, { lines: width, length: height, line: 1, step: width }, reachY);
  }
  return { ...plane, data };
}

/** Pixels to each side of the middle one. */
function reachOf(length: number): number {
  return Math.round((length / (2 * SAMPLED_SIDE) - 1) / 2);
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** From the start of a line to that of the next, and from a value of it to the next. */
  readonly line: number;
  readonly step: number;
}

function meanOverLines(data: Float32Array, { lines, length, line, step }: Lines, reach: number): Float32Array {
  if (reach < 1) return data;
  const out = new Float32Array(data.length);
  const last = length - 1;
  for (let i = 0; i < lines; i++) {
    const start = i * line;
    let sum = (data[start] as number) * reach;
    for (let at = 0; at < reach; at++) sum += data[start + Math.min(at, last) * step] as number;
    for (let at = 0; at < length; at++) {
      sum += data[start + Math.min(at + reach, last) * step] as number;
      out[start + at * step] = sum / (2 * reach + 1);
      sum -= data[start + Math.max(at - reach, 0) * step] as number;
    }
  }
  return out;
}

/** @returns SAMPLED_SIDE² bytes: a picture with one channel, which `Hasher.hash` takes */
export function sample(plane: GreyPlane, { origin, across, down }: Window): Uint8Array {
  const { data, width, height } = plane;
  const out = new Uint8Array(SAMPLED_SIDE * SAMPLED_SIDE);
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
  return out;
}
