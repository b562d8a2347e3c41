/** Drawn pages: text, photographs in frames and on plain pages, objects on plain ground. Flow: class pictures → here. */
import { anyPart, Canvas } from './canvas.ts';
import type { Random } from './random.ts';
import type { Supplies } from './screen-frame.ts';

const sheet = (random: Random, ground: number): Canvas => {
  const [long, short] = [360, Math.round(360 / random.of([1.33, 1.41, 1.5, 1.78]))];
  return random.chance(0.6) ? new Canvas(short, long, ground) : new Canvas(long, short, ground);
};

/** Of a document: one or two columns of paragraphs, with headings and, in some, a table. */
function text({ random }: Supplies): Canvas {
  const canvas = new Canvas(320, Math.round(320 * random.of([1.29, 1.41, 1.41, 1.6])), random.whole(225, 255));
  const ink = random.whole(0, 90);
  const [side, top] = [random.between(0.06, 0.16), random.between(0.04, 0.14)];
  const columns = random.chance(0.25) ? 2 : 1;
  const line = random.between(0.013, 0.026);
  const gap = 0.04;
  const w = (1 - 2 * side - gap * (columns - 1)) / columns;
  const end = random.chance(0.25) ? random.between(0.3, 0.9) : 1 - top;
  for (let column = 0; column < columns; column++) {
    const x = side + column * (w + gap);
    for (let y = top; y < end - 0.02;) {
      const isHeading = random.chance(0.2);
      const h = Math.min(end - y, isHeading ? line * 1.8 : line * random.whole(2, 12));
      canvas.text(
        { x, y, w: isHeading ? w * random.between(0.3, 0.9) : w, h },
        isHeading ? line * 1.5 : line,
        ink,
        random,
      );
      y += h + line * random.of([0.5, 1, 1.5]);
    }
  }
  return canvas;
}

/** A table, a form or a receipt. */
function table({ random }: Supplies): Canvas {
  const canvas = sheet(random, random.whole(225, 255));
  const [side, top] = [random.between(0.04, 0.12), random.between(0.05, 0.2)];
  const [columns, rows] = [random.whole(2, 6), random.whole(4, 18)];
  const [w, h] = [(1 - 2 * side) / columns, (1 - 2 * top) / rows];
  canvas.text({ x: side, y: top * 0.3, w: 0.5, h: top * 0.4 }, top * 0.3, 30, random);
  for (let row = 0; row < rows; row++) {
    if (random.chance(0.7)) canvas.rect({ x: side, y: top + row * h, w: 1 - 2 * side, h: 0.004 }, 120);
    for (let n = 0; n < columns; n++)
      if (random.chance(0.85))
        canvas.text(
          { x: side + n * w + 0.01, y: top + row * h + h * 0.3, w: w * random.between(0.3, 0.85), h: h * 0.4 },
          Math.min(h * 0.5, 0.03),
          40,
          random,
        );
  }
  return canvas;
}

/** @param sides least and most share of the picture's sides that the frame takes */
function framed(
  { random, photograph }: Supplies,
  ground: number,
  sides: readonly [number, number],
  isEven: boolean,
): Canvas {
  const canvas = sheet(random, ground);
  const edge = (): number => random.between(...sides);
  const [x, y] = [edge(), edge()];
  const [right, bottom] = isEven ? [x, y] : [edge(), edge()];
  canvas.photograph({ x, y, w: 1 - x - right, h: 1 - y - bottom }, photograph(), anyPart(random));
  return canvas;
}

const white = (random: Random): number => random.whole(240, 255);
const black = (random: Random): number => random.whole(0, 15);
const thin = [0.03, 0.1] as const;
const thick = [0.1, 0.25] as const;

/** Two bars, above and below, or left and right. */
function barred({ random, photograph }: Supplies, ground: number): Canvas {
  const canvas = sheet(random, ground);
  const bar = random.between(0.08, 0.3);
  const box = random.chance(0.5) ? { x: 0, y: bar, w: 1, h: 1 - 2 * bar } : { x: bar, y: 0, w: 1 - 2 * bar, h: 1 };
  canvas.photograph(box, photograph(), anyPart(random));
  return canvas;
}

/** A small photograph on a page, with a line of text below it in some. */
function small({ random, photograph }: Supplies, ground: number): Canvas {
  const canvas = sheet(random, ground);
  const [w, h] = [random.between(0.2, 0.55), random.between(0.2, 0.55)];
  const isCentred = random.chance(0.7);
  const x = isCentred ? (1 - w) / 2 + random.between(-0.03, 0.03) : random.between(0.02, 0.98 - w);
  const y = isCentred ? (1 - h) / 2 + random.between(-0.08, 0.08) : random.between(0.02, 0.98 - h);
  canvas.photograph({ x, y, w, h }, photograph(), anyPart(random));
  if (random.chance(0.3)) canvas.text({ x, y: Math.min(0.95, y + h + 0.02), w, h: 0.05 }, 0.025, 255 - ground, random);
  return canvas;
}

/** One or two round shapes, shaded or with the texture of a photograph, as in pictures of goods. */
function object({ random, photograph }: Supplies, ground: number): Canvas {
  const canvas = sheet(random, ground);
  const from = photograph();
  const part = anyPart(random);
  const [w, h] = [random.between(0.25, 0.7), random.between(0.25, 0.7)];
  const count = random.chance(0.7) ? 1 : 2;
  for (let n = 0; n < count; n++) {
    const [x, y] = [
      (1 - w) / 2 + random.between(-0.08, 0.08) * count,
      (1 - h) / 2 + random.between(-0.08, 0.08) * count,
    ];
    const [level, slope, weight] = [random.between(60, 190), random.between(-80, 80), random.of([0, 0.3, 0.8])];
    canvas.ellipse({ x, y, w: w / count ** 0.5, h: h / count ** 0.5 }, (u, v) => {
      const column = Math.min(from.width - 1, Math.floor((part.x + u * part.w) * from.width));
      const row = Math.min(from.height - 1, Math.floor((part.y + v * part.h) * from.height));
      const texture = from.data[row * from.width + column] as number;
      return Math.min(255, Math.max(0, weight * texture + (1 - weight) * (level + slope * (u + v - 1))));
    });
  }
  return canvas;
}

export const PAGES = {
  text,
  table,
  'thin white frame': (supplies: Supplies) => framed(supplies, white(supplies.random), thin, true),
  'thick white frame': (supplies: Supplies) => framed(supplies, white(supplies.random), thick, true),
  'uneven white frame': (supplies: Supplies) => framed(supplies, white(supplies.random), [0.02, 0.25], false),
  'thin black frame': (supplies: Supplies) => framed(supplies, black(supplies.random), thin, true),
  'thick black frame': (supplies: Supplies) => framed(supplies, black(supplies.random), thick, true),
  'white bars': (supplies: Supplies) => barred(supplies, white(supplies.random)),
  'black bars': (supplies: Supplies) => barred(supplies, black(supplies.random)),
  'small photograph on white': (supplies: Supplies) => small(supplies, white(supplies.random)),
  'small photograph on black': (supplies: Supplies) => small(supplies, black(supplies.random)),
  'object on white': (supplies: Supplies) => object(supplies, white(supplies.random)),
  'object on grey': (supplies: Supplies) => object(supplies, supplies.random.whole(60, 220)),
  'object on black': (supplies: Supplies) => object(supplies, black(supplies.random)),
} as const;
