/**
 * Turns a reduced picture into a model's input tensor: resized (bilinear, align corners), normalised and laid out in one pass.
 * Promise: every engine gives the same bits. Positions are float64. All else is float32 and rounded after each operation, in this
 * order, without fused multiply-add; a and b are the left and right neighbours:
 *   upper = a + (b − a) · weightX; lower likewise; value = ((upper + (lower − upper) · weightY) − mean) · scale
 * Memory, in this order: the model's mean and scale, the columns' positions, the tensor, the picture (RGBA).
 */

/** Mean and scale: one vector each, of red, green, blue and an unused fourth. */
const COLOURS: usize = 1024;
/** For each column of the tensor: the byte offset of its left neighbour in a row, and its right neighbour's weight. */
const COLUMNS: usize = COLOURS + 32;

/** Read as the last pixel's right neighbour, whose weight is 0. */
const BEYOND: usize = 4;

let tensorWidth: i32 = 0;
let tensorHeight: i32 = 0;
/** Bytes from a pixel to the next one, and from a channel to the next one. */
let step: usize = 0;
let plane: usize = 0;

export function colours(): usize {
  return COLOURS;
}

export function columns(): usize {
  return COLUMNS;
}

export function tensor(): usize {
  return COLUMNS + 8 * <usize>tensorWidth;
}

export function picture(): usize {
  return tensor() + 12 * <usize>tensorWidth * <usize>tensorHeight;
}

/** Allocates all memory that is needed for a model's sides and layout, and for pictures of at most `maxPixels`. */
export function open(width: i32, height: i32, isPlanar: bool, maxPixels: i32): void {
  tensorWidth = width;
  tensorHeight = height;
  step = isPlanar ? 4 : 12;
  plane = isPlanar ? 4 * <usize>width * <usize>height : 4;
  const end = picture() + 4 * <usize>maxPixels + BEYOND;
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
}

/** @param offsetX by how many pixels the picture's content is shifted to the left; `offsetY`: to the top */
export function fillTensor(width: i32, height: i32, offsetX: f64, offsetY: f64): void {
  const stepX = stepOf(width, tensorWidth);
  for (let i = 0; i < tensorWidth; i++) {
    const x = positionOf(i, stepX, offsetX, width);
    const p = COLUMNS + 8 * <usize>i;
    store<u32>(p, 4 * <u32>floor<f64>(x));
    store<f32>(p, <f32>(x - floor<f64>(x)), 4);
  }
  const mean = v128.load(COLOURS);
  const scale = v128.load(COLOURS, 16);
  const stepY = stepOf(height, tensorHeight);
  const rowBytes = 4 * <usize>width;
  let to = tensor();
  for (let j = 0; j < tensorHeight; j++) {
    const y = positionOf(j, stepY, offsetY, height);
    const row = <i32>floor<f64>(y);
    const above = picture() + <usize>row * rowBytes;
    const below = row + 1 < height ? above + rowBytes : above;
    const weightY = f32x4.splat(<f32>(y - floor<f64>(y)));
    for (let p = COLUMNS; p < COLUMNS + 8 * <usize>tensorWidth; p += 8) {
      const at = <usize>load<u32>(p);
      const weightX = v128.load_splat<u32>(p, 4);
      const upper = acrossOf(above + at, weightX);
      const lower = acrossOf(below + at, weightX);
      const value = between(upper, lower, weightY);
      const normal = f32x4.mul(f32x4.sub(value, mean), scale);
      v128.store_lane<f32>(to, normal, 0);
      v128.store_lane<f32>(to + plane, normal, 1);
      v128.store_lane<f32>(to + 2 * plane, normal, 2);
      to += step;
    }
  }
}

function stepOf(from: i32, to: i32): f64 {
  return to > 1 ? <f64>(from - 1) / <f64>(to - 1) : 0;
}

function positionOf(i: i32, step: f64, offset: f64, side: i32): f64 {
  return max<f64>(0, min<f64>(<f64>i * step - offset, <f64>(side - 1)));
}

/** Interpolates between two neighbouring pixels, one lane for each channel. After a row's last pixel the weight is 0. */
function acrossOf(p: usize, weight: v128): v128 {
  const both = v128.load_ext<u8>(p);
  const left = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(both));
  const right = f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(both));
  return between(left, right, weight);
}

function between(first: v128, second: v128, weight: v128): v128 {
  return f32x4.add(first, f32x4.mul(f32x4.sub(second, first), weight));
}
