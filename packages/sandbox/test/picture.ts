/** Pictures drawn from a formula, so that every engine and Node have the same pixels. */

export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * Noise in five octaves, each weaker than the one before, similar to a photograph; each seed gives another picture.
 * It uses additions and products only, since engines may differ in a sine's last digit.
 */
export function drawPicture(width: number, height: number, seed = 1): Rgba {
  const data = new Uint8Array(width * height * 4);
  const octaves = [0, 1, 2, 3, 4].map((octave) => ({
    weight: 0.75 ** octave,
    noise: noiseOf(4 * 2 ** octave, seed * 8 + octave),
  }));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const u = x / width;
      const v = y / height;
      let light = 0;
      for (const { noise, weight } of octaves) light += noise(u, v) * weight;
      data[at] = within(125 + 100 * light);
      data[at + 1] = within(115 + 90 * light + 20 * u);
      data[at + 2] = within(110 + 95 * light - 24 * v);
      data[at + 3] = 255;
    }
  }
  return { width, height, data };
}

function within(value: number): number {
  return Math.max(0, Math.min(255, value));
}

/** From −1 to 1: random at the corners of cells × cells squares, and bilinear between them. */
function noiseOf(cells: number, seed: number): (u: number, v: number) => number {
  const corners = cells + 1;
  const values = Float64Array.from({ length: corners ** 2 }, (_, i) =>
    random(i % corners, Math.floor(i / corners), seed),
  );
  return (u, v) => {
    const left = Math.floor(u * cells);
    const top = Math.floor(v * cells);
    const right = u * cells - left;
    const down = v * cells - top;
    const at = top * corners + left;
    const above = (values[at] as number) * (1 - right) + (values[at + 1] as number) * right;
    const below = (values[at + corners] as number) * (1 - right) + (values[at + corners + 1] as number) * right;
    return above * (1 - down) + below * down;
  };
}

function random(x: number, y: number, seed: number): number {
  let bits = Math.imul(x + 1, 0x9e3779b1) ^ Math.imul(y + 1, 0x85ebca77) ^ Math.imul(seed + 1, 0xc2b2ae3d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 0x7fffffff - 1;
}

type StoredAt = (x: number, y: number, last: { right: number; bottom: number }) => [x: number, y: number];
const STORED: Readonly<Record<number, StoredAt>> = {
  1: (x, y) => [x, y],
  2: (x, y, { right }) => [right - x, y],
  3: (x, y, { right, bottom }) => [right - x, bottom - y],
  4: (x, y, { bottom }) => [x, bottom - y],
  5: (x, y) => [y, x],
  6: (x, y, { bottom }) => [y, bottom - x],
  7: (x, y, { right, bottom }) => [right - y, bottom - x],
  8: (x, y, { right }) => [right - y, x],
};

/** The picture as EXIF orientation 1 to 8 shows it (EXIF 2.32 §4.6.4): where the stored rows and columns are. */
export function shownAs(picture: Rgba, orientation: number): Rgba {
  const { width, height } = picture;
  const [w, h] = orientation > 4 ? [height, width] : [width, height];
  const from = new Uint32Array(picture.data.buffer);
  const to = new Uint32Array(from.length);
  const storedAt = STORED[orientation];
  if (!storedAt) throw new Error(`no orientation ${orientation}`);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [storedX, storedY] = storedAt(x, y, { right: width - 1, bottom: height - 1 });
      to[y * w + x] = from[storedY * width + storedX] as number;
    }
  }
  return { width: w, height: h, data: new Uint8Array(to.buffer) };
}
