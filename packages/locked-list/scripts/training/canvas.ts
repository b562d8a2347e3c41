/**
 * A grey picture on which the class pictures are drawn: rectangles, ellipses, lines of text, parts of photographs. Without fonts and without a
 * drawing library, so that each machine draws the same pixels. Sizes are shares of the width and of the height.
 */
import type { Random } from './random.ts';

export interface GreyPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** As PDQ takes it. */
export const channelsOf = (picture: GreyPicture): GreyPicture & { readonly channels: 1 } => ({
  ...picture,
  channels: 1,
});

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export class Canvas implements GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;

  constructor(width: number, height: number, ground: number) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height).fill(ground);
  }

  rect({ x, y, w, h }: Box, level: number): void {
    const [left, right] = [this.#column(x), this.#column(x + w)];
    for (let row = this.#row(y); row < this.#row(y + h); row++)
      this.data.fill(level, row * this.width + left, row * this.width + right);
  }

  ellipse({ x, y, w, h }: Box, level: number | ((u: number, v: number) => number)): void {
    this.#each({ x, y, w, h }, (at, u, v) => {
      if ((2 * u - 1) ** 2 + (2 * v - 1) ** 2 <= 1) this.data[at] = typeof level === 'number' ? level : level(u, v);
    });
  }

  /** Lines of words, the last one shorter. @param line height of a line, half of it ink */
  text({ x, y, w, h }: Box, line: number, ink: number, random: Random): void {
    const lines = Math.max(1, Math.floor(h / line));
    for (let n = 0; n < lines; n++) {
      const end = x + w * (n === lines - 1 ? random.between(0.3, 0.9) : random.between(0.88, 1));
      for (let at = x; at < end;) {
        const word = Math.min(end - at, line * random.between(0.5, 3));
        this.rect({ x: at, y: y + n * line, w: word, h: line * 0.5 }, ink);
        at += word + line * 0.35;
      }
    }
  }

  /** Stretches a part of the photograph over the box. */
  photograph(box: Box, from: GreyPicture, part: Box): void {
    this.#each(box, (at, u, v) => {
      const column = Math.min(from.width - 1, Math.floor((part.x + u * part.w) * from.width));
      const row = Math.min(from.height - 1, Math.floor((part.y + v * part.h) * from.height));
      this.data[at] = from.data[row * from.width + column] as number;
    });
  }

  #each({ x, y, w, h }: Box, draw: (at: number, u: number, v: number) => void): void {
    const [left, right, top, bottom] = [this.#column(x), this.#column(x + w), this.#row(y), this.#row(y + h)];
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++)
        draw(row * this.width + column, (column + 0.5 - left) / (right - left), (row + 0.5 - top) / (bottom - top));
  }

  #column(share: number): number {
    return Math.min(this.width, Math.max(0, Math.round(share * this.width)));
  }

  #row(share: number): number {
    return Math.min(this.height, Math.max(0, Math.round(share * this.height)));
  }
}

/** A part of at least 40 % of each side. */
export function anyPart(random: Random): Box {
  const [w, h] = [random.between(0.4, 1), random.between(0.4, 1)];
  return { x: random.between(0, 1 - w), y: random.between(0, 1 - h), w, h };
}
