/**
 * Pictures of the weak classes from another generator than the one that the tables are trained with: SVG instead of a grey canvas, in colour, with
 * other layouts, and other photographs. They show what the tables do with pictures that they were not made for.
 */
import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import { type Random, seeded } from '../scripts/training/random.ts';

export interface OtherPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
}

const [WIDTH, HEIGHT] = [360, 760];
const rect = (x: number, y: number, w: number, h: number, fill: string, radius = 0): string =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(0, w).toFixed(1)}" height="${Math.max(0, h).toFixed(1)}" rx="${radius}" fill="${fill}"/>`;

/** Words as bars, so that the picture does not depend on the fonts of the machine. */
function words(x: number, y: number, w: number, size: number, fill: string, random: Random): string {
  const all: string[] = [];
  for (let at = x; at < x + w;) {
    const length = size * random.between(0.8, 3.2);
    all.push(rect(at, y, Math.min(length, x + w - at), size * 0.55, fill, size * 0.2));
    at += length + size * 0.3;
  }
  return all.join('');
}

const LIGHT = { ground: '#f2f2f7', card: '#ffffff', ink: '#111', faint: '#8e8e93', line: '#c6c6c8' };
const DARK = { ground: '#000000', card: '#1c1c1e', ink: '#f5f5f5', faint: '#8e8e93', line: '#38383a' };
const HUES = ['#0a84ff', '#34c759', '#ff9500', '#af52de', '#ff2d55', '#5e5ce6', '#00a884'];
type Colours = typeof LIGHT;

const statusBar = (colours: Colours, random: Random): string =>
  words(28, 16, 34, 14, colours.ink, random) +
  rect(282, 17, 18, 9, colours.ink, 2) +
  rect(306, 17, 16, 9, colours.ink, 2) +
  rect(328, 17, 22, 9, colours.ink, 3);
const homeBar = (colours: Colours): string => rect(115, HEIGHT - 12, 130, 5, colours.ink, 3);

function inbox(colours: Colours, random: Random): string {
  const height = random.of([68, 76, 88, 104]);
  const count = random.whole(4, 9);
  const parts = [
    statusBar(colours, random),
    words(18, 62, random.between(90, 170), 30, colours.ink, random),
    rect(16, 104, 328, 36, colours.card, 10),
    words(46, 116, 60, 15, colours.faint, random),
  ];
  for (let n = 0; n < count; n++) {
    const y = 156 + n * height;
    parts.push(
      `<circle cx="44" cy="${y + height / 2}" r="24" fill="${random.of(HUES)}"/>`,
      words(82, y + 14, random.between(80, 170), 16, colours.ink, random),
      words(82, y + 38, random.between(130, 250), 14, colours.faint, random),
      rect(306, y + 16, 38, 9, colours.faint, 3),
      rect(82, y + height - 1, 278, 1, colours.line),
    );
  }
  parts.push(
    rect(0, HEIGHT - 82, WIDTH, 82, colours.card),
    ...[0, 1, 2, 3].map((n) => rect(34 + n * 86, HEIGHT - 68, 28, 28, n === 0 ? '#0a84ff' : colours.faint, 8)),
    homeBar(colours),
  );
  return parts.join('');
}

function preferences(colours: Colours, random: Random): string {
  const parts = [statusBar(colours, random), words(18, 62, random.between(90, 150), 30, colours.ink, random)];
  for (let y = 118; y < HEIGHT - 80;) {
    const rows = random.whole(1, 5);
    parts.push(rect(16, y, 328, rows * 46, colours.card, 12));
    for (let n = 0; n < rows; n++, y += 46) {
      parts.push(
        rect(28, y + 9, 28, 28, random.of(HUES), 7),
        words(70, y + 18, random.between(70, 160), 16, colours.ink, random),
      );
      parts.push(
        random.chance(0.4)
          ? rect(284, y + 9, 48, 28, random.of(['#34c759', colours.line]), 14)
          : rect(322, y + 16, 8, 14, colours.faint, 2),
      );
      if (n > 0) parts.push(rect(70, y, 274, 1, colours.line));
    }
    y += random.whole(18, 36);
  }
  return parts.join('') + homeBar(colours);
}

function conversation(colours: Colours, random: Random): string {
  const own = random.of(HUES);
  const parts = [
    rect(0, 0, WIDTH, 96, colours.card),
    statusBar(colours, random),
    `<circle cx="70" cy="70" r="18" fill="${random.of(HUES)}"/>`,
    words(98, 62, 110, 16, colours.ink, random),
  ];
  for (let y = 112, isOwn = random.chance(0.5); y < HEIGHT - 110; isOwn = random.chance(0.55) ? !isOwn : isOwn) {
    const lines = random.of([1, 1, 2, 2, 3, 4]);
    const w = lines === 1 ? random.between(70, 220) : random.between(190, 265);
    const x = isOwn ? WIDTH - 14 - w : 14;
    parts.push(rect(x, y, w, 16 + lines * 20, isOwn ? own : colours.card, 17));
    for (let n = 0; n < lines; n++)
      parts.push(
        words(
          x + 13,
          y + 12 + n * 20,
          (w - 26) * (n === lines - 1 ? 0.7 : 1),
          15,
          isOwn ? '#fff' : colours.ink,
          random,
        ),
      );
    y += 16 + lines * 20 + random.of([4, 10, 26]);
  }
  parts.push(
    rect(0, HEIGHT - 86, WIDTH, 86, colours.card),
    rect(48, HEIGHT - 76, 262, 36, colours.ground, 18),
    homeBar(colours),
  );
  return parts.join('');
}

function signIn(colours: Colours, random: Random): string {
  const y = random.between(110, 260);
  const hue = random.of(HUES);
  return [
    statusBar(colours, random),
    rect(140, y, 80, 80, hue, 18),
    words(90, y + 110, 180, 24, colours.ink, random),
    ...Array.from({ length: random.whole(1, 3) }, (_, n) => rect(30, y + 160 + n * 60, 300, 46, colours.card, 10)),
    rect(30, y + 350, 300, 48, hue, 12),
    words(110, y + 418, 140, 14, colours.faint, random),
    homeBar(colours),
  ].join('');
}

function letter(random: Random): string {
  const parts: string[] = [words(40, 40, 120, 12, '#222', random), words(220, 70, 90, 9, '#444', random)];
  for (let y = random.between(100, 150); y < random.between(330, 480); y += 12)
    for (let n = random.whole(2, 8); n > 0 && y < 485; n--, y += 12)
      parts.push(words(40, y, 280 * (n === 1 ? random.between(0.3, 0.9) : 1), 9, '#222', random));
  return parts.join('');
}

type Draw = (random: Random, photograph: string) => Promise<OtherPicture>;

const screen =
  (draw: (colours: Colours, random: Random) => string, colours: Colours): Draw =>
  (random) =>
    rendered(WIDTH, HEIGHT, colours.ground, draw(colours, random));

/** Decoded once, and reduced. */
const decoded = new Map<string, Promise<OtherPicture>>();

function photographOf(file: string): Promise<OtherPicture> {
  const known = decoded.get(file) ?? rawOf(sharp(file).resize(1280, 1280, { fit: 'inside', withoutEnlargement: true }));
  decoded.set(file, known);
  return known;
}

/** A quarter or more of the photograph, on a sheet with these shares of ground on each side. */
const framed =
  (ground: string, least: number, most: number): Draw =>
  async (random, file) => {
    const [width, height] = random.of([
      [360, 480],
      [480, 360],
      [400, 400],
      [360, 640],
    ] as const);
    const [x, y] = [Math.round(width * random.between(least, most)), Math.round(height * random.between(least, most))];
    const { data, width: across, height: down } = await photographOf(file);
    const part = random.between(0.5, 1);
    const inner = await sharp(data, { raw: { width: across, height: down, channels: 3 } })
      .extract({
        left: Math.floor(random.between(0, across * (1 - part))),
        top: Math.floor(random.between(0, down * (1 - part))),
        width: Math.floor(across * part),
        height: Math.floor(down * part),
      })
      .resize(width - 2 * x, height - 2 * y, { fit: 'cover' })
      .png({ compressionLevel: 1 })
      .toBuffer();
    return rendered(width, height, ground, '', { input: inner, left: x, top: y });
  };

export const OTHER_CLASSES: Readonly<Record<string, Draw>> = {
  'light inbox': screen(inbox, LIGHT),
  'dark inbox': screen(inbox, DARK),
  'light preferences': screen(preferences, LIGHT),
  'dark preferences': screen(preferences, DARK),
  'light conversation': screen(conversation, LIGHT),
  'dark conversation': screen(conversation, DARK),
  'light sign-in': screen(signIn, LIGHT),
  'dark sign-in': screen(signIn, DARK),
  letter: (random) => rendered(360, 509, '#fff', letter(random)),
  'white frame': framed('#fff', 0.03, 0.2),
  'black frame': framed('#000', 0.03, 0.2),
  'small photograph on white': framed('#fff', 0.25, 0.38),
};

/** @param photographs files */
export async function otherPictures(
  name: string,
  count: number,
  photographs: readonly string[],
): Promise<OtherPicture[]> {
  const random = seeded([...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7));
  const draw = OTHER_CLASSES[name] as Draw;
  const all: OtherPicture[] = [];
  for (let n = 0; n < count; n++) all.push(await draw(random, random.of(photographs)));
  return all;
}

async function rendered(
  width: number,
  height: number,
  ground: string,
  body: string,
  over?: OverlayOptions,
): Promise<OtherPicture> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${rect(0, 0, width, height, ground)}${body}</svg>`;
  return rawOf(sharp(Buffer.from(svg)).composite(over ? [over] : []));
}

async function rawOf(image: Sharp): Promise<OtherPicture> {
  const { data, info } = await image.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: 3 };
}
