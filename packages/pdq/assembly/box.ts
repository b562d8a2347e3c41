/**
 * PDQ step 2, the blur: the reference's one-dimensional box filter, along the rows, along the columns, and both again.
 * Each is a running sum (add, then subtract, each rounded) divided by the number of samples. Outside of the picture
 * samples are 0 and divisors infinite: adding zero changes nothing and dividing by infinity gives zero, so edges need no
 * special case. This file has passes 1 to 3, for 8 rows; `decimate.ts` has pass 4.
 */
import {
  BLURRED,
  DECIMATED,
  LUMA,
  ROW_DIVISORS,
  ROW_SLOTS,
  SUM1,
  SUM2,
  THIRD,
  ringOffset,
  storeTransposed,
} from './layout';

/** Window for n samples. */
export function windowOf(n: i32): i32 {
  return (n + 127) >> 7;
}

/** The number of samples that the filter reads before its first output. */
export function halfOf(window: i32): i32 {
  return (window + 2) >> 1;
}

/** The number of samples that output `o` of `n` averages. */
export function divisorOf(o: i32, n: i32): f32 {
  if (o < 0 || o >= n) return Infinity;
  const window = windowOf(n);
  const end = o + halfOf(window);
  return <f32>(min(end, n) - max(0, end - window));
}

/** The position in pass 3 of the next decimated column, and its number from 0 to 63. */
export let nextColumn: i32 = 0;
let nextColumnAt: i32 = 0;
let pictureWidth: i32 = 0;

export function expectColumn(column: i32, width: i32): void {
  nextColumn = column;
  pictureWidth = width;
  nextColumnAt = column < 64 ? decimated(column, width) + 2 * (halfOf(windowOf(width)) - 1) : i32.MAX_VALUE;
}

/** PDQ step 3: the sample of n that becomes number i of 64. */
export function decimated(i: i32, n: i32): i32 {
  return ((2 * i + 1) * n) >> 7;
}

/**
 * Columns from..to of 8 rows. `divisors` is the table of pass 1 at column 0, `sums` the running sums of pass 2 and
 * `ring` its samples (`ringHeight` of four columns each, one after the other), both at column `from`.
 */
export function sweep(
  from: i32,
  to: i32,
  window: i32,
  divisors: usize,
  sums: usize,
  ring: usize,
  ringHeight: i32,
): void {
  let sum1a = v128.load(SUM1);
  let sum1b = v128.load(SUM1, 16);
  let sum2a = v128.load(SUM2);
  let sum2b = v128.load(SUM2, 16);
  const slot0 = load<u32>(ROW_SLOTS);
  const slot1 = load<u32>(ROW_SLOTS, 4);
  const slot2 = load<u32>(ROW_SLOTS, 8);
  const slot3 = load<u32>(ROW_SLOTS, 12);
  const slot4 = load<u32>(ROW_SLOTS, 16);
  const slot5 = load<u32>(ROW_SLOTS, 20);
  const slot6 = load<u32>(ROW_SLOTS, 24);
  const slot7 = load<u32>(ROW_SLOTS, 28);
  const groupBytes = <usize>ringHeight << 4;

  for (let x = from; x < to; x += 4) {
    // The positions, equal in both rings, of the four columns that enter the window and of those that leave it.
    const come = ringOffset(x);
    const leave0 = ringOffset(x - window);
    const leave1 = ringOffset(x + 1 - window);
    const leave2 = ringOffset(x + 2 - window);
    const leave3 = ringOffset(x + 3 - window);
    const divisor = divisors + (<usize>x << 2);

    // Pass 1, along the rows: lanes are rows.
    let count = v128.load_splat<u32>(divisor);
    sum1a = f32x4.sub(f32x4.add(sum1a, v128.load(come, LUMA)), v128.load(leave0, LUMA));
    sum1b = f32x4.sub(f32x4.add(sum1b, v128.load(come, LUMA + 16)), v128.load(leave0, LUMA + 16));
    const a0 = f32x4.div(sum1a, count);
    const b0 = f32x4.div(sum1b, count);

    count = v128.load_splat<u32>(divisor, 4);
    sum1a = f32x4.sub(f32x4.add(sum1a, v128.load(come, LUMA + 32)), v128.load(leave1, LUMA));
    sum1b = f32x4.sub(f32x4.add(sum1b, v128.load(come, LUMA + 48)), v128.load(leave1, LUMA + 16));
    const a1 = f32x4.div(sum1a, count);
    const b1 = f32x4.div(sum1b, count);

    count = v128.load_splat<u32>(divisor, 8);
    sum1a = f32x4.sub(f32x4.add(sum1a, v128.load(come, LUMA + 64)), v128.load(leave2, LUMA));
    sum1b = f32x4.sub(f32x4.add(sum1b, v128.load(come, LUMA + 80)), v128.load(leave2, LUMA + 16));
    const a2 = f32x4.div(sum1a, count);
    const b2 = f32x4.div(sum1b, count);

    count = v128.load_splat<u32>(divisor, 12);
    sum1a = f32x4.sub(f32x4.add(sum1a, v128.load(come, LUMA + 96)), v128.load(leave3, LUMA));
    sum1b = f32x4.sub(f32x4.add(sum1b, v128.load(come, LUMA + 112)), v128.load(leave3, LUMA + 16));
    const a3 = f32x4.div(sum1a, count);
    const b3 = f32x4.div(sum1b, count);

    // Pass 2, along the columns: lanes are columns. Each sample replaces the one that leaves the window.
    let sum = v128.load(sums);
    let low = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5);
    let high = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5);
    let sample = v128.shuffle<i64>(low, high, 0, 2);
    let leaving = v128.load(ring + slot0);
    v128.store(ring + slot0, sample);
    sum = f32x4.sub(f32x4.add(sum, sample), leaving);
    const r0 = f32x4.div(sum, v128.load(ROW_DIVISORS));

    sample = v128.shuffle<i64>(low, high, 1, 3);
    leaving = v128.load(ring + slot1);
    v128.store(ring + slot1, sample);
    sum = f32x4.sub(f32x4.add(sum, sample), leaving);
    const r1 = f32x4.div(sum, v128.load(ROW_DIVISORS, 16));

    low = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
    high = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
    sample = v128.shuffle<i64>(low, high, 0, 2);
    leaving = v128.load(ring + slot2);
    v128.store(ring + slot2, sample);
    sum = f32x4.sub(f32x4.add(sum, sample), leaving);
    const r2 = f32x4.div(sum, v128.load(ROW_DIVISORS, 32));

    sample = v128.shuffle<i64>(low, high, 1, 3);
    leaving = v128.load(ring + slot3);
    v128.store(ring + slot3, sample);
    sum = f32x4.sub(f32x4.add(sum, sample), leaving);
    const r3 = f32x4.div(sum, v128.load(ROW_DIVISORS, 48));

    low = v128.shuffle<f32>(b0, b1, 0, 4, 1, 5);
    high = v128.shuffle<f32>(b2, b3, 0, 4, 1, 5);
    sample = v128.shuffle<i64>(low, high, 0, 2);
    leaving = v128.load(ring + slot4);
    v128.store(ring + slot4, sample);
    sum = f32x4.sub(f32x4.add(sum, sample), leaving);
    const r4 = f32x4.div(sum, v128.load(ROW_DIVISORS, 64));

    sample = v128.shuffle<i64>(low, high, 1, 3);
    leaving = v128.load(ring + slot5);
    v128.store(ring + slot5, sample);
    sum = f32x4.sub(f32x4.add(sum, sample), leaving);
    const r5 = f32x4.div(sum, v128.load(ROW_DIVISORS, 80));

    low = v128.shuffle<f32>(b0, b1, 2, 6, 3, 7);
    high = v128.shuffle<f32>(b2, b3, 2, 6, 3, 7);
    sample = v128.shuffle<i64>(low, high, 0, 2);
    leaving = v128.load(ring + slot6);
    v128.store(ring + slot6, sample);
    sum = f32x4.sub(f32x4.add(sum, sample), leaving);
    const r6 = f32x4.div(sum, v128.load(ROW_DIVISORS, 96));

    sample = v128.shuffle<i64>(low, high, 1, 3);
    leaving = v128.load(ring + slot7);
    v128.store(ring + slot7, sample);
    sum = f32x4.sub(f32x4.add(sum, sample), leaving);
    const r7 = f32x4.div(sum, v128.load(ROW_DIVISORS, 112));

    v128.store(sums, sum);
    sums += 16;
    ring += groupBytes;

    // Pass 3, along the rows again: sums everywhere, quotients only at decimated columns.
    storeTransposed(come + BLURRED, r0, r1, r2, r3);
    storeTransposed(come + (BLURRED + 16), r4, r5, r6, r7);
    const a02 = f32x4.sub(f32x4.add(sum2a, v128.load(come, BLURRED)), v128.load(leave0, BLURRED));
    const b02 = f32x4.sub(f32x4.add(sum2b, v128.load(come, BLURRED + 16)), v128.load(leave0, BLURRED + 16));
    const a12 = f32x4.sub(f32x4.add(a02, v128.load(come, BLURRED + 32)), v128.load(leave1, BLURRED));
    const b12 = f32x4.sub(f32x4.add(b02, v128.load(come, BLURRED + 48)), v128.load(leave1, BLURRED + 16));
    const a22 = f32x4.sub(f32x4.add(a12, v128.load(come, BLURRED + 64)), v128.load(leave2, BLURRED));
    const b22 = f32x4.sub(f32x4.add(b12, v128.load(come, BLURRED + 80)), v128.load(leave2, BLURRED + 16));
    const a32 = f32x4.sub(f32x4.add(a22, v128.load(come, BLURRED + 96)), v128.load(leave3, BLURRED));
    const b32 = f32x4.sub(f32x4.add(b22, v128.load(come, BLURRED + 112)), v128.load(leave3, BLURRED + 16));
    sum2a = a32;
    sum2b = b32;
    if (nextColumnAt < x + 4) {
      v128.store(THIRD, a02);
      v128.store(THIRD, b02, 16);
      v128.store(THIRD, a12, 32);
      v128.store(THIRD, b12, 48);
      v128.store(THIRD, a22, 64);
      v128.store(THIRD, b22, 80);
      v128.store(THIRD, a32, 96);
      v128.store(THIRD, b32, 112);
      while (nextColumnAt < x + 4) emit(THIRD + (<usize>(nextColumnAt - x) << 5), divisors);
    }
  }
  v128.store(SUM1, sum1a);
  v128.store(SUM1, sum1b, 16);
  v128.store(SUM2, sum2a);
  v128.store(SUM2, sum2b, 16);
}

/** One decimated column of 8 rows. */
function emit(sums: usize, divisors: usize): void {
  const count = v128.load_splat<u32>(divisors + (<usize>(nextColumnAt + 1 - halfOf(windowOf(pictureWidth))) << 2));
  const upper = f32x4.div(v128.load(sums), count);
  const lower = f32x4.div(v128.load(sums, 16), count);
  const p = DECIMATED + (<usize>nextColumn << 2);
  v128.store_lane<f32>(p, upper, 0);
  v128.store_lane<f32>(p, upper, 1, 256);
  v128.store_lane<f32>(p, upper, 2, 512);
  v128.store_lane<f32>(p, upper, 3, 768);
  v128.store_lane<f32>(p, lower, 0, 1024);
  v128.store_lane<f32>(p, lower, 1, 1280);
  v128.store_lane<f32>(p, lower, 2, 1536);
  v128.store_lane<f32>(p, lower, 3, 1792);
  expectColumn(nextColumn + 1, pictureWidth);
}
