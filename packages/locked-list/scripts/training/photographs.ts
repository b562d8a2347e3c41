/**
 * The photographs that the tables are trained with, as the hashes of many cut-outs of each. Flow: train → here → pdq.
 * Promise: the same files give the same hashes.
 */
import { distance, type Pdq } from '@lodestone/pdq';
import sharp, { type Sharp } from 'sharp';
import { channelsOf, type GreyPicture } from './canvas.ts';
import { type Random, seeded } from './random.ts';

/** Lists exclude pictures below it. */
export const LEAST_QUALITY = 50;
/** Of pictures at two addresses. */
const SAME_PHOTOGRAPH = 31;
const LONGEST_SIDE = 1280;
/** What class pictures show of a photograph. */
const THUMBNAIL_SIDE = 256;
const CUT_OUTS = 60;
/** From this one on, every tenth cut-out begins a copy that is turned by a few degrees. */
const TURNED_FROM = 11;
const MOST_DEGREES = 8;

export interface Photograph {
  /** Of the photograph, then of its cut-outs; each as it is and transposed. */
  readonly hashes: readonly Uint8Array[];
  /** Of the photograph as it is. */
  readonly own: Uint8Array;
  readonly thumbnail: GreyPicture;
}

/** Without those that lists exclude, and without those that are published twice. */
export async function photographsOf(hasher: Pdq, files: readonly string[]): Promise<Photograph[]> {
  const all: Photograph[] = [];
  for (const [number, file] of files.entries()) {
    const picture = await greyOf(
      sharp(file).rotate().resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true }),
    );
    const { hash: own, quality } = hasher.hash(channelsOf(picture));
    if (quality < LEAST_QUALITY || all.some((other) => distance(other.own, own) <= SAME_PHOTOGRAPH)) continue;
    const hashes = await cutOutHashes(hasher, picture, seeded(1_000 + number));
    all.push({ hashes, own, thumbnail: await thumbnailOf(file) });
  }
  return all;
}

/** What screens and pages show of a photograph. */
export function thumbnailOf(file: string): Promise<GreyPicture> {
  return greyOf(sharp(file).rotate().resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: 'inside' }));
}

async function cutOutHashes(hasher: Pdq, picture: GreyPicture, random: Random): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = [];
  const take = (part: GreyPicture): void => {
    const { hashes: oriented, quality } = hasher.hashOrientations(channelsOf(part));
    if (quality >= LEAST_QUALITY) hashes.push(oriented.original, oriented.flipPlus1);
  };
  take(picture);
  let from = picture;
  for (let n = 1; n <= CUT_OUTS; n++) {
    if (n >= TURNED_FROM && n % 10 === 1) from = await turned(picture, random.between(-MOST_DEGREES, MOST_DEGREES));
    take(cutOut(from, random));
  }
  return hashes;
}

/** At least 30 % of each side, with another gamma. */
function cutOut({ data, width, height }: GreyPicture, random: Random): GreyPicture {
  const shareX = random.between(0.35, 1);
  const shareY = Math.min(1, Math.max(0.3, shareX * random.between(0.75, 1.25)));
  const [w, h] = [Math.round(width * shareX), Math.round(height * shareY)];
  const [left, top] = [random.whole(0, width - w), random.whole(0, height - h)];
  const gamma = Math.exp(random.between(-0.4, 0.4));
  const tone = Uint8Array.from({ length: 256 }, (_, level) => Math.round(255 * (level / 255) ** gamma));
  const part = new Uint8Array(w * h);
  for (let y = 0; y < h; y++) {
    const row = (top + y) * width + left;
    for (let x = 0; x < w; x++) part[y * w + x] = tone[data[row + x] as number] as number;
  }
  return { data: part, width: w, height: h };
}

/** Cut to the largest part of the same shape that has no corner of the ground. */
async function turned({ data, width, height }: GreyPicture, degrees: number): Promise<GreyPicture> {
  const angle = (Math.abs(degrees) * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const kept = Math.min(width / (width * cos + height * sin), height / (width * sin + height * cos));
  const [w, h] = [Math.floor(width * kept), Math.floor(height * kept)];
  const whole = await greyOf(sharp(data, { raw: { width, height, channels: 1 } }).rotate(degrees));
  const [left, top] = [Math.floor((whole.width - w) / 2), Math.floor((whole.height - h) / 2)];
  return greyOf(
    sharp(whole.data, { raw: { width: whole.width, height: whole.height, channels: 1 } }).extract({
      left,
      top,
      width: w,
      height: h,
    }),
  );
}

async function greyOf(image: Sharp): Promise<GreyPicture> {
  const { data, info } = await image
    .removeAlpha()
    .greyscale()
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}
