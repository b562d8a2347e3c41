/** Generated benign pictures for the parity tests in Node and browsers: 224 × 224 RGB from 0 to 1. */
const SIDE = 224;

export interface TestPicture {
  readonly name: string;
  readonly pixels: Float32Array;
}

/** Extremes, gradients, waves and noise; the same at each call. */
export function generated(): TestPicture[] {
  const drawn = (name: string, value: (x: number, y: number, channel: number) => number): TestPicture => ({
    name,
    pixels: Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return Math.min(1, Math.max(0, value(pixel % SIDE, Math.floor(pixel / SIDE), i % 3)));
    }),
  });
  const noise = noiseFrom(1);
  return [
    drawn('black', () => 0),
    drawn('white', () => 1),
    drawn('grey', () => 0.5),
    drawn('red', (_x, _y, channel) => (channel === 0 ? 1 : 0)),
    drawn('gradient', (x, y, channel) => (channel === 0 ? x / SIDE : y / SIDE)),
    drawn('waves', (x, y, channel) => 0.5 + (Math.sin(x / 9 + channel) + Math.cos(y / 7)) / 4),
    drawn('chessboard', (x, y) => ((x >> 3) + (y >> 3)) & 1),
    drawn('noise', () => noise()),
  ];
}

function noiseFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // LCG, Numerical Recipes
    return (state >>> 8) / 2 ** 24;
  };
}
