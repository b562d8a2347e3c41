/** The pictures of `vectors/pdq-vectors.json`, generated with integer arithmetic, so that every machine gets the same. */

/** Generates the samples of one picture. Values that all samples share are computed once. */
type Generator = (seed: number, width: number, height: number) => (x: number, y: number, c: number) => number;

function triangle(t: number, period: number): number {
  const m = ((t % period) + period) % period;
  const half = period >> 1;
  return Math.floor(((m < half ? m : period - m) * 255) / half);
}

function mix(value: number): number {
  let x = (value ^ (value >>> 16)) >>> 0;
  x = Math.imul(x, 0x7feb352d) >>> 0;
  x = (x ^ (x >>> 15)) >>> 0;
  x = Math.imul(x, 0x846ca68b) >>> 0;
  return (x ^ (x >>> 16)) >>> 0;
}

const generators: Record<string, Generator> = {
  flat: (seed) => (_x, _y, c) => mix(seed * 3 + c) & 255,
  ramp: (_seed, width, height) => (x, y, c) =>
    c === 0
      ? Math.floor((x * 255) / Math.max(1, width - 1))
      : c === 1
        ? Math.floor((y * 255) / Math.max(1, height - 1))
        : Math.floor(((x + y) * 255) / Math.max(1, width + height - 2)),
  noise: (seed, width) => (x, y, c) => mix(((y * width + x) * 3 + c + Math.imul(seed, 0x9e3779b1)) >>> 0) & 255,
  checker: (seed) => (x, y, c) =>
    ((x >> (3 + (seed & 3))) + (y >> (3 + ((seed >> 2) & 3)))) & 1 ? 230 - 20 * c : 25 + 10 * c,
  waves: (seed) => (x, y, c) =>
    ((triangle(x * (2 + (seed & 3)) + 37 * c, 160 + 2 * (seed % 61)) +
      triangle(y * 3 + seed * 11, 210 + 2 * (seed % 37)) +
      triangle(x + y * 2 + 59 * c, 330)) /
      3) |
    0,
  blocks: (seed, width, height) => (x, y, c) => {
    const column = Math.floor((x * 7) / width);
    const row = Math.floor((y * 5) / height);
    return (mix(column * 131 + row * 17 + c * 7 + seed * 1009) & 127) + (triangle(x, 64) >> 1);
  },
  discs: (seed, width, height) => {
    const discs = Array.from({ length: 6 }, (_, k) => {
      const random = mix(seed * 31 + k);
      const radius = 1 + ((random >>> 16) % Math.max(1, Math.min(width, height) >> 1));
      return { x: random % width, y: (random >>> 8) % height, square: radius * radius, light: 60 + 13 * k };
    });
    return (x, y, c) => {
      let value = 40 + 20 * c;
      for (const disc of discs) {
        const dx = x - disc.x;
        const dy = y - disc.y;
        if (dx * dx + dy * dy <= disc.square) value = (value + disc.light + 9 * c) & 255;
      }
      return value;
    };
  },
};

export interface PictureCase {
  readonly generator: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
}

/** RGB bytes, row by row. */
export function generate({ generator, seed, width, height }: PictureCase): Uint8Array<ArrayBuffer> {
  const at = generators[generator]?.(seed, width, height);
  if (at === undefined) throw new Error(`no generator is called ${generator}`);
  const rgb = new Uint8Array(width * height * 3);
  let p = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) rgb[p++] = at(x, y, c) & 255;
    }
  }
  return rgb;
}

/** The same pixels with a fourth byte that must not matter. */
export function toRgba(rgb: Uint8Array): Uint8Array<ArrayBuffer> {
  const rgba = new Uint8Array((rgb.length / 3) * 4);
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) {
    rgba[j] = rgb[i] as number;
    rgba[j + 1] = rgb[i + 1] as number;
    rgba[j + 2] = rgb[i + 2] as number;
    rgba[j + 3] = i & 255;
  }
  return rgba;
}
