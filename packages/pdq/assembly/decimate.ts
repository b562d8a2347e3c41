/**
 * PDQ step 3: the second pass along the columns, computed only for the 64 decimated columns and rows. The result is A,
 * the 64×64 picture.
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

/** Processes the 8 rows of DECIMATED; the first is row `row` of the output of pass 3. */
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
    // Adds instead of stores: each strip of a picture contributes its own columns and zeros elsewhere.
    v128.store(out + p, f32x4.add(v128.load(out + p), f32x4.div(v128.load(SUM4 + p), count)));
  }
  nextRow++;
}
