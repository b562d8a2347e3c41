/**
 * The edits of the quality report: what platforms and their users do to a picture before it is sent again. Each takes the original's
 * pixels and gives those of the copy. Promise: the same picture and number give the same copy.
 */
import sharp, { type Sharp } from 'sharp';

/** Red, green, blue; 8 bits. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

export interface Edit {
  readonly group: string;
  readonly name: string;
  /** @param number of the picture: edits with a place or an amount of their own derive it from this */
  readonly apply: (picture: Pixels, number: number) => Promise<Pixels>;
}

const opened = ({ data, width, height }: Pixels): Sharp => sharp(data, { raw: { width, height, channels: 3 } });

export async function pixelsOf(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

const decoded = async (coded: Sharp): Promise<Pixels> => pixelsOf(sharp(await coded.toBuffer()));

/** An edit that libvips does in one step. */
function step(group: string, name: string, change: (image: Sharp, picture: Pixels, number: number) => Sharp): Edit {
  return { group, name, apply: (picture, number) => pixelsOf(change(opened(picture), picture, number)) };
}

function coded(name: string, encode: (image: Sharp) => Sharp): Edit {
  return { group: 're-encoded', name, apply: (picture) => decoded(encode(opened(picture))) };
}

const longest = (image: Sharp, side: number): Sharp => image.resize(side, side, { fit: 'inside' });
const jpeg = (image: Sharp, quality: number): Sharp => image.jpeg({ quality });

/** What several messengers do one after the other. */
function chain(name: string, ...steps: readonly (readonly [side: number, quality: number])[]): Edit {
  return {
    group: 'messenger',
    name,
    async apply(picture) {
      let now = picture;
      for (const [side, quality] of steps) now = await decoded(jpeg(longest(opened(now), side), quality));
      return now;
    },
  };
}

interface Sides {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
const all = (share: number): Sides => ({ left: share, top: share, right: share, bottom: share });
const NONE = all(0);

/** Shares of the picture's sides. */
function crop(name: string, sides: (number: number) => Sides): Edit {
  return step('cropped', name, (image, { width, height }, number) => {
    const { left, top, right, bottom } = sides(number);
    const [x, y] = [Math.round(width * left), Math.round(height * top)];
    return image.extract({
      left: x,
      top: y,
      width: width - x - Math.round(width * right),
      height: height - y - Math.round(height * bottom),
    });
  });
}

function pad(name: string, background: string, sides: (number: number) => Sides): Edit {
  return step('padded', name, (image, { width, height }, number) => {
    const { left, top, right, bottom } = sides(number);
    return image.extend({
      left: Math.round(width * left),
      right: Math.round(width * right),
      top: Math.round(height * top),
      bottom: Math.round(height * bottom),
      background,
    });
  });
}

/** Numbers from 0 to 1, the same for the same picture. */
export function random(number: number, salt: number): number {
  let state = Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
  return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
}

const SIDES = ['left', 'top', 'right', 'bottom'] as const;
const oneSide = (share: number, number: number): Sides => ({ ...NONE, [SIDES[number % 4] as string]: share });
const uneven = (most: number, number: number): Sides => ({
  left: most * random(number, 1),
  top: most * random(number, 2),
  right: most * random(number, 3),
  bottom: most * random(number, 4),
});

/** Rotated on a canvas that grows, its corners filled. */
function rotateGrown(degrees: number, background: string): Edit {
  const name = `${degrees > 0 ? '+' : ''}${degrees}°, canvas grown, ${background} corners`;
  return step('rotated', name, (image) => image.rotate(degrees, { background }));
}

/** Rotated, and cropped to the largest part of the same shape without a corner, as editors do. */
function rotateCropped(degrees: number): Edit {
  return {
    group: 'rotated',
    name: `${degrees > 0 ? '+' : ''}${degrees}°, cropped`,
    async apply(picture) {
      const { width, height } = picture;
      const angle = (degrees * Math.PI) / 180;
      const [cos, sin] = [Math.cos(angle), Math.abs(Math.sin(angle))];
      const kept = Math.min(width / (width * cos + height * sin), height / (width * sin + height * cos));
      const grown = await pixelsOf(opened(picture).rotate(degrees));
      const [w, h] = [Math.floor(width * kept), Math.floor(height * kept)];
      return pixelsOf(
        opened(grown).extract({
          left: Math.round((grown.width - w) / 2),
          top: Math.round((grown.height - h) / 2),
          width: w,
          height: h,
        }),
      );
    },
  };
}

/** Rotated, and the corners that leave the canvas are cut off. */
function rotateOnCanvas(degrees: number, background: string): Edit {
  return {
    group: 'rotated',
    name: `${degrees > 0 ? '+' : ''}${degrees}°, on the same canvas, ${background} corners`,
    async apply(picture) {
      const { width, height } = picture;
      const grown = await pixelsOf(opened(picture).rotate(degrees, { background }));
      const [left, top] = [Math.round((grown.width - width) / 2), Math.round((grown.height - height) / 2)];
      return pixelsOf(opened(grown).extract({ left, top, width, height }));
    },
  };
}

/** Drawn over the picture. */
function overlay(group: string, name: string, svg: (picture: Pixels) => string): Edit {
  return step(group, name, (image, picture) => {
    const { width, height } = picture;
    const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${svg(picture)}</svg>`;
    return image.composite([{ input: Buffer.from(text) }]);
  });
}

/** A phone's screen, 1080 pixels wide, that shows the picture over its whole width between two bars. */
function screenshot(name: string, background: string, ink: string, topPixels: number, bottomPixels: number): Edit {
  const width = 1080;
  return {
    group: 'screenshot',
    name,
    async apply(picture) {
      const shown = await pixelsOf(opened(picture).resize(width));
      const height = topPixels + shown.height + bottomPixels;
      const mark = (x: number, y: number, w: number, h: number): string =>
        `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="6" fill="${ink}"/>`;
      const below = topPixels + shown.height;
      const interfaceMarks = [
        mark(40, 22, 90, 26),
        mark(900, 22, 40, 26),
        mark(960, 22, 70, 26),
        mark(40, topPixels - 80, 40, 40),
        mark(120, topPixels - 78, 320, 36),
        mark(60, below + 40, 56, 56),
        mark(220, below + 46, 420, 44),
        mark(940, below + 40, 56, 56),
      ].join('');
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${interfaceMarks}</svg>`;
      const screen = sharp({ create: { width, height, channels: 3, background } }).composite([
        { input: Buffer.from(svg) },
        { input: shown.data, raw: { width, height: shown.height, channels: 3 }, left: 0, top: topPixels },
      ]);
      return decoded(screen.png({ compressionLevel: 1 }));
    },
  };
}

export const EDITS: readonly Edit[] = [
  coded('JPEG, quality 90', (image) => jpeg(image, 90)),
  coded('JPEG, quality 70', (image) => jpeg(image, 70)),
  coded('JPEG, quality 40', (image) => jpeg(image, 40)),
  coded('JPEG, quality 15', (image) => jpeg(image, 15)),
  coded('WebP, quality 60', (image) => image.webp({ quality: 60, effort: 0 })),
  step('resized', 'three quarters of its sides', (image, { width }) => image.resize(Math.round(width * 0.75))),
  step('resized', 'half', (image, { width }) => image.resize(Math.round(width * 0.5))),
  step('resized', 'longest side 512', (image) => longest(image, 512)),
  step('resized', 'longest side 256', (image) => longest(image, 256)),
  step('resized', 'longest side 128', (image) => longest(image, 128)),
  step('resized', 'twice', (image, { width }) => image.resize(Math.min(4096, width * 2))),
  step('resized', 'stretched by a tenth', (image, { width, height }) =>
    image.resize(Math.round(width * 1.1), height, { fit: 'fill' }),
  ),
  chain('1,600 pixels, quality 70', [1600, 70]),
  chain('1,280, then 800 pixels, quality 75 and 60', [1280, 75], [800, 60]),
  chain('three messengers: 1,600, 1,280 and 960 pixels', [1600, 80], [1280, 70], [960, 60]),
  step('tone', 'grey', (image) => image.modulate({ saturation: 0 })),
  step('tone', 'gamma 2', (image) => image.gamma(2, 1)),
  step('tone', 'brighter by 30 %', (image) => image.modulate({ brightness: 1.3 })),
  step('tone', 'darker by 40 %', (image) => image.modulate({ brightness: 0.6 })),
  step('tone', 'half the contrast', (image) => image.linear(0.5, 64)),
  step('tone', 'contrast times 1.5', (image) => image.linear(1.5, -64)),
  step('tone', 'more colour', (image) => image.modulate({ saturation: 1.8, hue: 20 })),
  step('tone', 'blurred, sigma 2', (image) => image.blur(2)),
  step('tone', 'sharpened', (image) => image.sharpen({ sigma: 2 })),
  overlay(
    'drawn over',
    'vignette',
    () =>
      '<defs><radialGradient id="v"><stop offset="0.5" stop-opacity="0"/><stop offset="1" stop-opacity="0.7"/></radialGradient></defs><rect width="100%" height="100%" fill="url(#v)"/>',
  ),
  overlay(
    'drawn over',
    'a logo in the corner, 12 % of the sides',
    () => '<rect x="85%" y="85%" width="12%" height="12%" rx="6" fill="#e33"/>',
  ),
  overlay(
    'drawn over',
    'a watermark in the middle',
    () =>
      '<g fill="#fff" fill-opacity="0.5"><rect x="20%" y="47%" width="60%" height="2%"/><rect x="20%" y="51%" width="60%" height="2%"/><rect x="30%" y="43%" width="8%" height="14%"/></g>',
  ),
  overlay(
    'drawn over',
    'a caption below, 10 % of the height',
    () => '<rect y="90%" width="100%" height="10%" fill="#000"/>',
  ),
  step('padded', 'a frame of 2 pixels', (image) =>
    image.extend({ left: 2, right: 2, top: 2, bottom: 2, background: '#000' }),
  ),
  pad('20 % on each side, black', '#000', () => all(0.2)),
  pad('20 % on each side, white', '#fff', () => all(0.2)),
  pad('up to 20 %, uneven, coloured', '#2a6fb0', (number) => uneven(0.2, number)),
  pad('letterboxed', '#000', () => ({ ...NONE, top: 0.15, bottom: 0.15 })),
  crop('1 % of each side', () => all(0.01)),
  crop('2 % of each side', () => all(0.02)),
  crop('4 % of each side', () => all(0.04)),
  crop('5 % of each side', () => all(0.05)),
  crop('3 % of one side', (number) => oneSide(0.03, number)),
  crop('6 % of one side', (number) => oneSide(0.06, number)),
  crop('11 % of one side', (number) => oneSide(0.11, number)),
  crop('up to 8 % of each side, at random', (number) => uneven(0.08, number)),
  ...[-5, -3, -2, 1, 2, 4, 5].map((degrees) => rotateGrown(degrees, degrees % 2 === 0 ? 'white' : 'black')),
  ...[-5, -3, 1, 4].map((degrees) => rotateOnCanvas(degrees, degrees % 2 === 0 ? 'white' : 'black')),
  ...[-4, -2, 1, 3, 5].map(rotateCropped),
  screenshot('a light phone screen with bars', '#fff', '#333', 220, 180),
  screenshot('a dark phone screen with bars', '#101418', '#9ab', 260, 420),
  step('turned', 'by a quarter', (image) => image.rotate(90)),
  step('turned', 'mirrored', (image) => image.flop()),
];
