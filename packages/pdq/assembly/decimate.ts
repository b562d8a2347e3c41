/**
 * PDQ step 3: the second pass along the columns, only at the 64 decimated columns, and of its output only the 64
 * decimated rows. They add up to A, the 64×64 picture.
 */
import { decimated, divisorOf, halfOf, windowOf } from './box';
import { A, BLOCK_ROWS, DECIMATED, RING4, SUM4 } from './layout';

let height: i32 = 0;
let nextRow: i32 = 0;

export function startDecimation(pictureHeight: i32): void {
  height = pictureHeight;
  nextRow = 0;
  memory.fill(DECIMATED, 0, RING4 - DECIMATED + 128 * 256);
}

/** Takes the 8 rows of DECIMATED; the first of them is number `row` of those that pass 3 has given. */
export function decimateRows(row: i32): void {
  const window = windowOf(height);
  const ahead = halfOf(window) - 1;
  for (let r = 0; r < BLOCK_ROWS; r++) {
    const samples = DECIMATED + ((<usize>r) << 8);
    const ring = RING4 + ((<usize>((row + r) % window)) << 8);
    for (let p: usize = 0; p < 256; p += 16) {
      const sample = v128.load(samples + p);
      const sum = f32x4.sub(f32x4.add(v128.load(SUM4 + p), sample), v128.load(ring + p));
      v128.store(ring + p, sample);
      v128.store(SUM4 + p, sum);
    }
    // Passes 2 and 4 each lag by `ahead` rows.
    while (nextRow < 64 && row + r == decimated(nextRow, height) + 2 * ahead) storeRow(row + r - 2 * ahead);
  }
}

function storeRow(y: i32): void {
  const count = f32x4.splat(divisorOf(y, height));
  const out = A + ((<usize>nextRow) << 8);
  for (let p: usize = 0; p < 256; p += 16) {
    // Added, not stored: where the picture is taken in strips, each strip brings its own columns and zeros elsewhere.
    v128.store(out + p, f32x4.add(v128.load(out + p), f32x4.div(v128.load(SUM4 + p), count)));
  }
  nextRow++;
}
