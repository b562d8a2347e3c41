/** Copies of a picture as users edit them. Each shows the picture by its own rule, so that every engine and Node have the same pixels. */
import type { Rgba } from './picture.ts';

type Colour = readonly [red: number, green: number, blue: number];
/** What a copy shows at a place: of the picture, in its pixels; or a colour. */
type Shown = { readonly x: number; readonly y: number } | Colour;

const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];
const INK: Colour = [90, 90, 90];

/** A fifth of the picture is added on each side. */
export function padded(picture: Rgba): Rgba {
  const [left, top] = [Math.round(picture.width * 0.2), Math.round(picture.height * 0.2)];
  return copyOf(picture, picture.width + 2 * left, picture.height + 2 * top, (x, y) =>
    inside(picture, x - left, y - top, WHITE),
  );
}

/** Bars above and below, as on a wide screen. */
export function letterboxed(picture: Rgba): Rgba {
  const bar = Math.round(picture.height * 0.2);
  return copyOf(picture, picture.width, picture.height + 2 * bar, (x, y) => inside(picture, x, y - bar, BLACK));
}

/** 3 % of each side is cut. */
export function cropped(picture: Rgba): Rgba {
  const [left, top] = [Math.round(picture.width * 0.03), Math.round(picture.height * 0.03)];
  return copyOf(picture, picture.width - 2 * left, picture.height - 2 * top, (x, y) => ({ x: x + left, y: y + top }));
}

/** By three degrees, on a canvas that grows. */
export function rotated(picture: Rgba): Rgba {
  const { width, height } = picture;
  // No sine: engines may differ in its last digit.
  const [cos, sin] = [0.998_629_534_754_573_8, 0.052_335_956_242_943_83];
  const [w, h] = [Math.round(width * cos + height * sin), Math.round(height * cos + width * sin)];
  return copyOf(picture, w, h, (x, y) => {
    const [dx, dy] = [x + 0.5 - w / 2, y + 0.5 - h / 2];
    return inside(picture, dx * cos + dy * sin + width / 2 - 0.5, dy * cos - dx * sin + height / 2 - 0.5, BLACK);
  });
}

/** On a phone's screen, between two bars with marks. */
export function screenshot(picture: Rgba): Rgba {
  const [above, below] = [Math.round(picture.height * 0.3), Math.round(picture.height * 0.4)];
  const height = above + picture.height + below;
  const isInBar = (y: number): boolean => y < above - 12 || (y > above + picture.height + 12 && y < height - 12);
  return copyOf(picture, picture.width, height, (x, y) => {
    const isMark = isInBar(y) && y % 30 >= 12 && y % 30 < 20 && x % 60 > 30;
    return isMark ? INK : inside(picture, x, y - above, WHITE);
  });
}

function inside({ width, height }: Rgba, x: number, y: number, otherwise: Colour): Shown {
  return x >= -0.5 && y >= -0.5 && x <= width - 0.5 && y <= height - 0.5 ? { x, y } : otherwise;
}

function copyOf(picture: Rgba, width: number, height: number, shownAt: (x: number, y: number) => Shown): Rgba {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const shown = shownAt(x, y);
      for (let i = 0; i < 3; i++) data[at + i] = 'x' in shown ? valueAt(picture, shown.x, shown.y, i) : (shown[i] ?? 0);
    }
  }
  return { width, height, data };
}

/** Bilinear. */
function valueAt({ width, height, data }: Rgba, x: number, y: number, channel: number): number {
  const [left, top] = [
    Math.max(0, Math.min(Math.floor(x), width - 2)),
    Math.max(0, Math.min(Math.floor(y), height - 2)),
  ];
  const [right, down] = [Math.min(1, Math.max(0, x - left)), Math.min(1, Math.max(0, y - top))];
  const value = (column: number, row: number): number => data[(row * width + column) * 4 + channel] ?? 0;
  const above = value(left, top) * (1 - right) + value(left + 1, top) * right;
  const below = value(left, top + 1) * (1 - right) + value(left + 1, top + 1) * right;
  return above * (1 - down) + below * down;
}
