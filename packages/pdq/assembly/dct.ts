/**
 * PDQ steps 4 and 5: the quality of A, and B, its 16×16 DCT block. Sums run over ascending k, as in the
 * reference. A vector holds four independent sums, so the order of each is unchanged.
 */
import { A, B, D, D_TRANSPOSED, T } from './layout';

let matrixIsReady = false;

/** quality = min(100, ⌊g / 90⌋), g = Σ |trunc((u − v)·100 / 255)| over all neighbours, each operation in float32. */
export function qualityOfA(): i32 {
  let sum = i32x4.splat(0);
  for (let p = A; p < A + 63 * 256; p += 16) sum = i32x4.add(sum, gradient(v128.load(p), v128.load(p, 256)));
  const last = i32x4(-1, -1, -1, 0);
  for (let row = A; row < A + 64 * 256; row += 256) {
    for (let p = row; p < row + 240; p += 16) sum = i32x4.add(sum, gradient(v128.load(p), v128.load(p, 4)));
    sum = i32x4.add(sum, v128.and(last, gradient(v128.load(row, 240), v128.load(row, 244))));
  }
  const g =
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
  return min(100, g / 90);
}

function gradient(u: v128, v: v128): v128 {
  const scaled = f32x4.mul(f32x4.sub(u, v), f32x4.splat(100));
  return i32x4.abs(i32x4.trunc_sat_f32x4_s(f32x4.div(scaled, f32x4.splat(255))));
}

/** B = (D·A)·Dᵗ */
export function transform(): void {
  if (!matrixIsReady) prepareMatrix();
  for (let i: usize = 0; i < 16; i++) {
    for (let j: usize = 0; j < 256; j += 64) productRow(T + (i << 8) + j, D + (i << 8), A + j, 256);
    productRow(B + (i << 6), T + (i << 8), D_TRANSPOSED, 64);
  }
}

/** Sixteen neighbouring elements of a product: Σ over k = 0..63 of left[k] · right[k][0..15]. */
function productRow(out: usize, left: usize, right: usize, rightStride: usize): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let k: usize = 0; k < 64; k++) {
    const factor = v128.load_splat<u32>(left + (k << 2));
    a = f32x4.add(a, f32x4.mul(factor, v128.load(right)));
    b = f32x4.add(b, f32x4.mul(factor, v128.load(right, 16)));
    c = f32x4.add(c, f32x4.mul(factor, v128.load(right, 32)));
    d = f32x4.add(d, f32x4.mul(factor, v128.load(right, 48)));
    right += rightStride;
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

/** D[i][j] = √(2/64) · cos(π/128 · (i+1) · (2j+1)), frequencies 1 to 16, without the constant one. */
function prepareMatrix(): void {
  const scale = <f64>(<f32>sqrt<f64>(2.0 / 64.0));
  for (let i = 0; i < 16; i++) {
    for (let j = 0; j < 64; j++) {
      const value = <f32>(scale * cosine((i + 1) * (2 * j + 1)));
      store<f32>(D + (((<usize>i) << 8) + ((<usize>j) << 2)), value);
      store<f32>(D_TRANSPOSED + (((<usize>j) << 6) + ((<usize>i) << 2)), value);
    }
  }
  matrixIsReady = true;
}

/** cos(π·m / 128), by its Taylor series on the first quadrant. Unlike Math.cos, it gives the same value on every machine. */
function cosine(m: i32): f64 {
  m &= 255;
  if (m > 128) m = 256 - m;
  if (m > 64) return -cosine(128 - m);
  const x = (<f64>m * 3.141592653589793) / 128.0;
  let sum: f64 = 0;
  let term: f64 = 1;
  for (let n: f64 = 1; abs(term) > 1e-20; n += 2) {
    sum += term;
    term *= (-x * x) / (n * (n + 1));
  }
  return sum;
}
