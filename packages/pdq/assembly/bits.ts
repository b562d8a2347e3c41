/**
 * PDQ steps 6 and 7: the median of B, the hash bits, and the eight orientations. An orientation is B with some signs
 * changed, possibly transposed. The eight need four sign patterns, and so four medians.
 */
import { B, HASHES, KEYS, SIGNED, TRANSPOSED } from './layout';

/** Order of the hashes in memory: original, rotate90, rotate180, rotate270, flipX, flipY, flipPlus1, flipMinus1. */
export function writeHash(): void {
  memory.copy(SIGNED, B, 1024);
  writeBits(SIGNED, lowerMedian(), 0);
}

export function writeOrientations(): void {
  memory.copy(SIGNED, B, 1024);
  writePair(0, 6);
  changeSigns(-2147483648, 0, -2147483648, 0); // even columns
  writePair(5, 1);
  changeSigns(-2147483648, -2147483648, 0, 0); // even rows
  writePair(4, 3);
  changeSigns(0, -2147483648, -2147483648, 0); // where row + column is odd
  writePair(2, 7);
}

/** SIGNED = B with signs flipped by these masks: even rows (even, odd columns), then odd rows. */
function changeSigns(evenEven: i32, evenOdd: i32, oddEven: i32, oddOdd: i32): void {
  const even = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(evenEven), 1, evenOdd), 3, evenOdd);
  const odd = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(oddEven), 1, oddOdd), 3, oddOdd);
  for (let p: usize = 0; p < 1024; p += 128) {
    for (let q = p; q < p + 64; q += 16) {
      v128.store(SIGNED + q, v128.xor(v128.load(B + q), even));
      v128.store(SIGNED + q, v128.xor(v128.load(B + q, 64), odd), 64);
    }
  }
}

function writePair(straight: i32, transposed: i32): void {
  const median = lowerMedian();
  writeBits(SIGNED, median, straight);
  for (let i: usize = 0; i < 16; i++) {
    for (let j: usize = 0; j < 16; j++) {
      store<u32>(TRANSPOSED + (j << 6) + (i << 2), load<u32>(SIGNED + (i << 6) + (j << 2)));
    }
  }
  writeBits(TRANSPOSED, median, transposed);
}

/** The 128th smallest of the 256 values: found bit by bit, on integers that sort like the floats. */
function lowerMedian(): f32 {
  for (let p: usize = 0; p < 1024; p += 16) {
    const bits = v128.load(SIGNED + p);
    const magnitude = v128.and(i32x4.shr_s(bits, 31), i32x4.splat(0x7fffffff));
    v128.store(KEYS + p, v128.xor(bits, magnitude));
  }
  let key: i32 = i32.MIN_VALUE;
  for (let bit: i32 = 31; bit >= 0; bit--) {
    const trial = key ^ (1 << bit);
    let smaller = i32x4.splat(0);
    for (let p: usize = 0; p < 1024; p += 16) {
      smaller = i32x4.sub(smaller, i32x4.lt_s(v128.load(KEYS + p), i32x4.splat(trial)));
    }
    const count =
      i32x4.extract_lane(smaller, 0) +
      i32x4.extract_lane(smaller, 1) +
      i32x4.extract_lane(smaller, 2) +
      i32x4.extract_lane(smaller, 3);
    if (count < 128) key = trial;
  }
  return reinterpret<f32>(key ^ ((key >> 31) & 0x7fffffff));
}

/** Bit 16·row + column, counted from the hash's end, is 1 where the value exceeds the median. */
function writeBits(block: usize, median: f32, hash: i32): void {
  const threshold = f32x4.splat(median);
  let out = HASHES + ((<usize>hash) << 5) + 30;
  for (let row = block; row < block + 1024; row += 64) {
    const bits =
      i32x4.bitmask(f32x4.gt(v128.load(row), threshold)) |
      (i32x4.bitmask(f32x4.gt(v128.load(row, 16), threshold)) << 4) |
      (i32x4.bitmask(f32x4.gt(v128.load(row, 32), threshold)) << 8) |
      (i32x4.bitmask(f32x4.gt(v128.load(row, 48), threshold)) << 12);
    store<u16>(out, bswap<u16>(<u16>bits));
    out -= 2;
  }
}
