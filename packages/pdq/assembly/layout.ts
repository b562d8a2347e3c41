/**
 * The memory of a hashing instance: fixed tables, then the part that depends on the picture's size (laid out by
 * `stream.ts`). Addresses are in bytes. An instance with an index does not hash; `planes.ts` and `bands.ts` lay it out.
 */

/** Rows are processed eight at a time; a "column" of the two rings below is one float of each of these eight rows. */
export const BLOCK_ROWS: i32 = 8;

/** Rings of 256 columns × 8 rows: luma, and the picture after one pass in each direction. 256 > 64 ahead + 128 behind. */
export const LUMA: usize = 1024;
export const BLURRED: usize = LUMA + 256 * 32;
/** Columns are processed 64 at a time, so that both rings stay in the L1 cache. */
export const CHUNK_COLUMNS: i32 = 64;

/** Running sums of the two passes along the rows: 8 rows each. */
export const SUM1: usize = BLURRED + 256 * 32;
export const SUM2: usize = SUM1 + 32;
/** For each of the 8 rows: its divisor in the first pass along the columns (four times), and its position in the ring. */
export const ROW_DIVISORS: usize = SUM2 + 32;
export const ROW_SLOTS: usize = ROW_DIVISORS + 8 * 16;

/** Four columns of sums of the second pass along the rows, of which one is decimated. */
export const THIRD: usize = ROW_SLOTS + 8 * 4;
/** The output of that pass at the 64 decimated columns: 8 rows × 64. */
export const DECIMATED: usize = THIRD + 4 * 32;
/** Second pass along the columns: sums of 64 columns, and a ring of up to 128 rows × 64. */
export const SUM4: usize = DECIMATED + 8 * 256;
export const RING4: usize = SUM4 + 256;

/** A: the 64×64 picture. D: the DCT matrix 16×64, and its transpose 64×16. T = D·A 16×64. B = T·Dᵗ 16×16. */
export const A: usize = RING4 + 128 * 256;
export const D: usize = A + 64 * 256;
export const D_TRANSPOSED: usize = D + 16 * 256;
export const T: usize = D_TRANSPOSED + 64 * 64;
export const B: usize = T + 16 * 256;
/** B with the signs of an orientation, its transpose, and its values as integers that sort like them. */
export const SIGNED: usize = B + 1024;
export const TRANSPOSED: usize = SIGNED + 1024;
export const KEYS: usize = TRANSPOSED + 1024;

/** The result: eight hashes of 32 bytes. */
export const HASHES: usize = KEYS + 1024;
/** The luma of a picture of 64×64. */
export const UNBLURRED: usize = HASHES + 8 * 32;
/** Vectors for luma, in memory because engines rebuild a constant at each use. */
export const WEIGHTS: usize = UNBLURRED + 64 * 256;
export const VARIABLE: usize = WEIGHTS + 8 * 16;

/** The offset of a column in a ring. */
export function ringOffset(x: i32): usize {
  return (<usize>x << 5) & 0x1fff;
}

/** Transposes a 4×4 block and stores its columns 32 bytes apart. */
export function storeTransposed(p: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(p, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(p, v128.shuffle<i64>(ab, cd, 1, 3), 32);
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(p, v128.shuffle<i64>(ab2, cd2, 0, 2), 64);
  v128.store(p, v128.shuffle<i64>(ab2, cd2, 1, 3), 96);
}

/** Grows memory to at least `end`. */
export function reserve(end: usize): void {
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
}
