/**
 * PDQ step 1, luma: L = (0.299·R + 0.587·G) + 0.114·B, each step rounded to float32, in this order; grey is itself.
 * Reads 8 rows of bytes, four pixels at a time, and writes them column by column to the ring LUMA.
 */
import { LUMA, WEIGHTS, ringOffset, storeTransposed } from './layout';

const RED: f32 = 0.299;
const GREEN: f32 = 0.587;
const BLUE: f32 = 0.114;

/**
 * Weights for bytes that are not shifted within a pixel's 32 bits: 256 times the byte and a 256th of the weight give the
 * same product with the same rounding. Then the masks of red, green and blue.
 */
export function prepareLuma(): void {
  v128.store(WEIGHTS, f32x4.splat(RED));
  v128.store(WEIGHTS, f32x4.splat(GREEN / 256), 16);
  v128.store(WEIGHTS, f32x4.splat(BLUE / 65536), 32);
  v128.store(WEIGHTS, i32x4.splat(0xff), 48);
  v128.store(WEIGHTS, i32x4.splat(0xff00), 64);
  v128.store(WEIGHTS, i32x4.splat(0xff0000), 80);
  // Three bytes a pixel → four.
  v128.store(WEIGHTS, v128(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1), 96);
}

/** Fills ring columns from..to with rows that start at `first` (column `firstColumn`), `stride` bytes apart. */
export function fillLuma(
  channels: i32,
  first: usize,
  stride: usize,
  firstColumn: i32,
  width: i32,
  from: i32,
  to: i32,
): void {
  const inside = min(to, (width + 3) & ~3);
  const red = v128.load(WEIGHTS);
  const green = v128.load(WEIGHTS, 16);
  const blue = v128.load(WEIGHTS, 32);
  const redBits = v128.load(WEIGHTS, 48);
  const greenBits = v128.load(WEIGHTS, 64);
  const blueBits = v128.load(WEIGHTS, 80);
  const widen = v128.load(WEIGHTS, 96);
  for (let half: usize = 0; half < 32; half += 16) {
    const ring = LUMA + half;
    let p = first + (half >> 2) * stride + <usize>((from - firstColumn) * channels);
    let q = p + stride;
    let r = q + stride;
    let s = r + stride;
    if (channels == 4) {
      for (let x = from; x < inside; x += 4) {
        storeTransposed(
          ring + ringOffset(x),
          weigh(v128.load(p), red, green, blue, redBits, greenBits, blueBits),
          weigh(v128.load(q), red, green, blue, redBits, greenBits, blueBits),
          weigh(v128.load(r), red, green, blue, redBits, greenBits, blueBits),
          weigh(v128.load(s), red, green, blue, redBits, greenBits, blueBits),
        );
        p += 16;
        q += 16;
        r += 16;
        s += 16;
      }
    } else if (channels == 3) {
      for (let x = from; x < inside; x += 4) {
        storeTransposed(
          ring + ringOffset(x),
          weigh(i8x16.swizzle(v128.load(p), widen), red, green, blue, redBits, greenBits, blueBits),
          weigh(i8x16.swizzle(v128.load(q), widen), red, green, blue, redBits, greenBits, blueBits),
          weigh(i8x16.swizzle(v128.load(r), widen), red, green, blue, redBits, greenBits, blueBits),
          weigh(i8x16.swizzle(v128.load(s), widen), red, green, blue, redBits, greenBits, blueBits),
        );
        p += 12;
        q += 12;
        r += 12;
        s += 12;
      }
    } else {
      for (let x = from; x < inside; x += 4) {
        storeTransposed(ring + ringOffset(x), grey(p), grey(q), grey(r), grey(s));
        p += 4;
        q += 4;
        r += 4;
        s += 4;
      }
    }
  }
  // Columns right of the picture are zero in the running sums.
  clearColumns(LUMA, max(from, width), to);
}

export function clearColumns(ring: usize, from: i32, to: i32): void {
  for (let x = from; x < to; x++) {
    const p = ring + ringOffset(x);
    v128.store(p, i32x4.splat(0));
    v128.store(p, i32x4.splat(0), 16);
  }
}

function weigh(pixels: v128, red: v128, green: v128, blue: v128, redBits: v128, greenBits: v128, blueBits: v128): v128 {
  const r = f32x4.mul(f32x4.convert_i32x4_s(v128.and(pixels, redBits)), red);
  const g = f32x4.mul(f32x4.convert_i32x4_s(v128.and(pixels, greenBits)), green);
  const b = f32x4.mul(f32x4.convert_i32x4_s(v128.and(pixels, blueBits)), blue);
  return f32x4.add(f32x4.add(r, g), b);
}

function grey(p: usize): v128 {
  const bytes = v128.load32_zero(p);
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
}

/** Luma of one pixel, for the 64×64 picture that is hashed without a blur. */
export function lumaAt(channels: i32, p: usize): f32 {
  if (channels == 1) return <f32>load<u8>(p);
  const r: f32 = <f32>load<u8>(p) * RED;
  const g: f32 = <f32>load<u8>(p, 1) * GREEN;
  const b: f32 = <f32>load<u8>(p, 2) * BLUE;
  return r + g + b;
}
