/**
 * PDQ in plain TypeScript: the oracle of the kernel's tests and the baseline of its benchmark. Implements the formulae of
 * the README, pass by pass over complete pictures, with Math.fround at every step. Shares no code with `assembly/`.
 */
import type { Orientation, Picture } from '../src/index.ts';

const f32 = Math.fround;

export interface OracleAnswer {
  readonly hash: Uint8Array;
  readonly quality: number;
}

export function oracleHash(picture: Picture): OracleAnswer {
  const { width, height } = picture;
  if (width < 5 || height < 5) return { hash: new Uint8Array(32), quality: 0 };
  const luma = lumaOf(picture);
  if (width === 64 && height === 64) return { hash: bitsOf(transform(luma)), quality: qualityOf(luma) };
  const a = decimate(blur(luma, width, height), width, height);
  return { hash: bitsOf(transform(a)), quality: qualityOf(a) };
}

export function oracleOrientations(picture: Picture): Record<Orientation, Uint8Array> {
  const { width, height } = picture;
  const isTooSmall = width < 5 || height < 5;
  const b = isTooSmall
    ? new Float32Array(256)
    : transform(decimate(blur(lumaOf(picture), width, height), width, height));
  const odd = (n: number): boolean => (n & 1) === 1;
  const oriented = (isTransposed: boolean, keeps: (i: number, j: number) => boolean): Uint8Array => {
    const out = new Float32Array(256);
    for (let i = 0; i < 16; i++) {
      for (let j = 0; j < 16; j++) {
        const value = b[16 * i + j] as number;
        out[isTransposed ? 16 * j + i : 16 * i + j] = keeps(i, j) ? value : -value;
      }
    }
    return bitsOf(out);
  };
  return {
    original: oriented(false, () => true),
    rotate90: oriented(true, (_i, j) => odd(j)),
    rotate180: oriented(false, (i, j) => !odd(i + j)),
    rotate270: oriented(true, (i) => odd(i)),
    flipX: oriented(false, (i) => odd(i)),
    flipY: oriented(false, (_i, j) => odd(j)),
    flipPlus1: oriented(true, () => true),
    flipMinus1: oriented(true, (i, j) => !odd(i + j)),
  };
}

function lumaOf({ data, width, height, channels = 4, stride = width * channels }: Picture): Float32Array {
  const [red, green, blue] = [f32(0.299), f32(0.587), f32(0.114)];
  const luma = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = y * stride + x * channels;
      const r = data[p] as number;
      const g = data[p + 1] as number;
      const b = data[p + 2] as number;
      luma[y * width + x] = channels === 1 ? r : f32(f32(f32(red * r) + f32(green * g)) + f32(blue * b));
    }
  }
  return luma;
}

/** Rows, columns, rows, columns. */
function blur(luma: Float32Array, width: number, height: number): Float32Array {
  const [from, to] = [Float32Array.from(luma), new Float32Array(luma.length)];
  for (let pass = 0; pass < 2; pass++) {
    for (let y = 0; y < height; y++) box(from, to, y * width, 1, width);
    for (let x = 0; x < width; x++) box(to, from, x, width, height);
  }
  return from;
}

/** The running sum of `n` samples that begin at `start`, `step` apart. */
function box(from: Float32Array, to: Float32Array, start: number, step: number, n: number): void {
  const window = Math.ceil(n / 128);
  const half = Math.floor((window + 2) / 2);
  let sum = 0;
  let count = 0;
  let leaving = start;
  let coming = start;
  let out = start;
  const add = (change: number): void => {
    sum = f32(sum + (from[coming] as number));
    coming += step;
    count += change;
  };
  const drop = (change: number): void => {
    sum = f32(sum - (from[leaving] as number));
    leaving += step;
    count -= change;
  };
  const give = (): void => {
    to[out] = f32(sum / count);
    out += step;
  };
  for (let i = 0; i < half - 1; i++) add(1);
  for (let i = 0; i < window - half + 1; i++) {
    add(1);
    give();
  }
  for (let i = 0; i < n - window; i++) {
    add(0);
    drop(0);
    give();
  }
  for (let i = 0; i < half - 1; i++) {
    drop(1);
    give();
  }
}

function decimate(blurred: Float32Array, width: number, height: number): Float32Array {
  return Float32Array.from({ length: 4096 }, (_, k) => {
    const y = Math.trunc((((k >> 6) + 0.5) * height) / 64);
    const x = Math.trunc((((k & 63) + 0.5) * width) / 64);
    return blurred[y * width + x] as number;
  });
}

function qualityOf(a: Float32Array): number {
  let sum = 0;
  const compare = (p: number, q: number): void => {
    const difference = f32((a[p] as number) - (a[q] as number));
    sum += Math.abs(Math.trunc(f32(f32(difference * 100) / 255)));
  };
  for (let i = 0; i < 64; i++) {
    for (let j = 0; j < 64; j++) {
      if (i < 63) compare(64 * i + j, 64 * i + j + 64);
      if (j < 63) compare(64 * i + j, 64 * i + j + 1);
    }
  }
  return Math.min(100, Math.floor(sum / 90));
}

const scale = f32(Math.sqrt(2 / 64));
const matrix = Float32Array.from({ length: 1024 }, (_, k) => {
  const [i, j] = [k >> 6, k & 63];
  return scale * Math.cos((Math.PI / 2 / 64) * (i + 1) * (2 * j + 1));
});

/** The 16×16 block D·A·Dᵗ. */
function transform(a: Float32Array): Float32Array {
  const t = new Float32Array(1024);
  const b = new Float32Array(256);
  for (let i = 0; i < 16; i++) {
    for (let j = 0; j < 64; j++) {
      let sum = 0;
      for (let k = 0; k < 64; k++) sum = f32(sum + f32((matrix[64 * i + k] as number) * (a[64 * k + j] as number)));
      t[64 * i + j] = sum;
    }
    for (let j = 0; j < 16; j++) {
      let sum = 0;
      for (let k = 0; k < 64; k++) sum = f32(sum + f32((t[64 * i + k] as number) * (matrix[64 * j + k] as number)));
      b[16 * i + j] = sum;
    }
  }
  return b;
}

/** Bit k of 256 is 1 if value k exceeds the lower median; bit 0 is the last byte's lowest. */
function bitsOf(b: Float32Array): Uint8Array {
  const median = Float32Array.from(b).toSorted()[127] as number;
  const hash = new Uint8Array(32);
  b.forEach((value, k) => {
    if (value > median) hash[31 - (k >> 3)] = (hash[31 - (k >> 3)] as number) | (1 << (k & 7));
  });
  return hash;
}
