/** Random pictures and rows for property tests, made from a seed so that shrinking is cheap. */
import fc from 'fast-check';
import type { Channels, Picture } from '../src/index.ts';

export interface RandomPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: Channels;
  /** Bytes between rows. */
  readonly padding: number;
  readonly style: 'noise' | 'extremes' | 'smooth' | 'flat' | 'dark';
  readonly seed: number;
}

/** Mostly small sides, and those around which the filter's window changes. */
const side = fc.oneof(
  { arbitrary: fc.integer({ min: 5, max: 40 }), weight: 12 },
  { arbitrary: fc.constantFrom(1, 4, 5, 63, 64, 65, 127, 128, 129), weight: 4 },
  { arbitrary: fc.integer({ min: 41, max: 140 }), weight: 3 },
  { arbitrary: fc.integer({ min: 141, max: 700 }), weight: 1 },
);

export const randomPicture: fc.Arbitrary<RandomPicture> = fc.record({
  width: side,
  height: side,
  channels: fc.constantFrom<Channels>(1, 3, 4),
  padding: fc.constantFrom(0, 0, 0, 1, 12),
  style: fc.constantFrom('noise', 'extremes', 'smooth', 'flat', 'dark'),
  seed: fc.integer({ min: 1, max: 0x7fffffff }),
});

export function draw({ width, height, channels, padding, style, seed }: RandomPicture): Required<Picture> {
  const random = randomBits(seed);
  const stride = width * channels + padding;
  const data = new Uint8Array(stride * height);
  const base = random();
  const byteAt = {
    noise: () => random() >>> 24,
    extremes: () => (random() & 1) * 255,
    smooth: (x: number, y: number) => (x * (1 + (base & 7))) / (1 + channels) + y * ((base >>> 3) & 7) + (random() & 3),
    flat: () => base & 255,
    dark: () => random() & 1,
  }[style];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < stride; x++) data[y * stride + x] = byteAt(x, y);
  }
  return { data, width, height, channels, stride };
}

/** Numbers of 32 random bits (xorshift). */
export function randomBits(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
