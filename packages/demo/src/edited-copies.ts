/**
 * Copies of a photograph as people send them on: framed, cut, in a screenshot. Its own hash finds none of them; an order's
 * variants and a list's crops do. Flow: here → recipes. Spec: docs/design/hashing.md#variants
 */
import sharp from 'sharp';

/** In pixels. */
const WIDTH = 800;
const SCREEN = { width: 1_080, above: 220, below: 260 } as const;
const PAPER = '#f4f1ea';
const INK = '#5b5f66';

interface Sized {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
}

/** In a frame of a fifth of its sides. */
export async function padded(file: string): Promise<Buffer> {
  const { bytes, width, height } = await resized(file, WIDTH);
  const [x, y] = [Math.round(width * 0.2), Math.round(height * 0.2)];
  const frame = { left: x, right: x, top: y, bottom: y, background: PAPER };
  return sharp(bytes).extend(frame).jpeg({ quality: 75 }).toBuffer();
}

/** Without 5 % of each side. */
export async function cropped(file: string): Promise<Buffer> {
  const { bytes, width, height } = await resized(file, WIDTH);
  const [left, top] = [Math.round(width * 0.05), Math.round(height * 0.05)];
  return sharp(bytes)
    .extract({ left, top, width: width - 2 * left, height: height - 2 * top })
    .jpeg({ quality: 75 })
    .toBuffer();
}

/** On a phone's screen, between the bars of an app. */
export async function screenshot(file: string): Promise<Buffer> {
  const { bytes, width, height } = await resized(file, SCREEN.width);
  const below = SCREEN.above + height;
  const mark = (x: number, y: number, w: number, h: number): string =>
    `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="8" fill="${INK}"/>`;
  const marks = [
    mark(40, 24, 90, 26), // the clock
    mark(940, 24, 90, 26), // the battery
    mark(40, 110, 44, 44),
    mark(120, 114, 320, 36),
    mark(60, below + 90, 56, 56),
    mark(220, below + 96, 420, 44),
    mark(940, below + 90, 56, 56),
  ];
  const size = { width, height: below + SCREEN.below };
  const bars = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${marks.join('')}</svg>`;
  return sharp({ create: { ...size, channels: 3, background: PAPER } })
    .composite([{ input: Buffer.from(bars) }, { input: bytes, left: 0, top: SCREEN.above }])
    .png({ palette: true, colours: 128, effort: 1 })
    .toBuffer();
}

async function resized(file: string, width: number): Promise<Sized> {
  const { data, info } = await sharp(file)
    .resize(width)
    .png({ compressionLevel: 1 })
    .toBuffer({ resolveWithObject: true });
  return { bytes: data, width: info.width, height: info.height };
}
