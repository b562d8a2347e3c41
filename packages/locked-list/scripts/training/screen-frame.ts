/** What the drawn screens have in common: colours, status bar, header, a bar below, a keyboard. Flow: screens → here → canvas. */
import { Canvas, type GreyPicture } from './canvas.ts';
import type { Random } from './random.ts';

export interface Supplies {
  readonly random: Random;
  /** For wallpapers, posts and thumbnails. */
  readonly photograph: () => GreyPicture;
}

export interface Theme {
  readonly ground: number;
  readonly raised: number;
  readonly ink: number;
  readonly faint: number;
  readonly accent: number;
}

export interface Screen {
  readonly canvas: Canvas;
  readonly theme: Theme;
  /** Where the content begins and ends. */
  readonly top: number;
  readonly bottom: number;
}

export function themeOf(isDark: boolean, random: Random): Theme {
  return isDark
    ? {
        ground: random.whole(0, 36),
        raised: random.whole(28, 70),
        ink: random.whole(190, 255),
        faint: random.whole(100, 170),
        accent: random.whole(60, 190),
      }
    : {
        ground: random.whole(225, 255),
        raised: random.whole(200, 255),
        ink: random.whole(0, 70),
        faint: random.whole(110, 190),
        accent: random.whole(60, 190),
      };
}

/** With a status bar, a header and, in most, a bar below. */
export function screen({ random }: Supplies, isDark: boolean): Screen {
  const theme = themeOf(isDark, random);
  const canvas = new Canvas(270, Math.round(270 * random.between(1.7, 2.2)), theme.ground);
  const header = random.between(0.06, 0.12);
  const status = random.between(0.025, 0.045);
  const isColoured = random.chance(0.4);
  canvas.rect({ x: 0, y: 0, w: 1, h: header }, isColoured ? theme.accent : random.of([theme.ground, theme.raised]));
  const ink = isColoured ? random.whole(220, 255) : theme.ink;
  canvas.text({ x: 0.05, y: status * 0.3, w: 0.12, h: status * 0.4 }, status * 0.5, ink, random);
  canvas.rect({ x: random.between(0.75, 0.85), y: status * 0.3, w: 0.12, h: status * 0.35 }, ink);
  const middle = status + (header - status) * 0.4;
  if (random.chance(0.7)) canvas.rect({ x: 0.05, y: middle, w: 0.05, h: 0.012 }, ink);
  canvas.text(
    { x: random.of([0.05, 0.16, 0.35]), y: middle, w: random.between(0.2, 0.5), h: 0.018 },
    0.02,
    ink,
    random,
  );
  for (let n = random.whole(0, 3); n > 0; n--) canvas.rect({ x: 1 - 0.1 * n, y: middle, w: 0.045, h: 0.018 }, ink);
  let bottom = 1;
  if (random.chance(0.7)) {
    const height = random.between(0.05, 0.09);
    bottom -= height;
    canvas.rect({ x: 0, y: bottom, w: 1, h: height }, random.of([theme.raised, theme.ground]));
    const icons = random.whole(3, 5);
    for (let n = 0; n < icons; n++)
      canvas.ellipse({ x: (n + 0.5) / icons - 0.03, y: bottom + height * 0.25, w: 0.06, h: 0.028 }, theme.faint);
  }
  return { canvas, theme, top: header, bottom };
}

export function keyboard(canvas: Canvas, theme: Theme, from: number): void {
  canvas.rect({ x: 0, y: from, w: 1, h: 1 - from }, Math.round((theme.ground + theme.faint) / 2));
  const height = (1 - from) / 5.2;
  for (let row = 0; row < 4; row++)
    for (let key = 0; key < 10 - row; key++)
      canvas.rect(
        { x: 0.01 + 0.05 * row + key * 0.098, y: from + (row + 0.7) * height, w: 0.085, h: height * 0.8 },
        theme.raised,
      );
}
