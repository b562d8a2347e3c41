/**
 * The pixels of a picture file as viewers show them, in each way in which they differ, the way of browsers first. Needs the package sharp.
 * Promise: a browser shows at least one of them, within 4 bits of the hash. Source for hidden pictures: PNG (third edition), §4.9
 */
import type { Sharp } from 'sharp';

/** Opaque RGB. */
export interface ShownPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
}

export interface ShownOptions {
  /** Larger pictures are refused before they are decoded. */
  readonly maxPixels?: number;
}

/** File formats in which people send pictures. SVG is excluded: it can contain scripts. */
const FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif', 'heif', 'tiff'];
/** What browsers do not turn although EXIF says so, and other viewers do. */
const NOT_TURNED_BY_BROWSERS = 'webp';

/**
 * sRGB, of the first frame: turned as EXIF says, and for WebP also as stored; on white, and if parts are transparent also on black;
 * four inks by their colour profile, and also as browsers mix them. Each picture is decoded when it is asked for.
 * @throws {Error} if the file is not a picture, sharp is missing, or viewers disagree on more than that
 * @example
 * for await (const picture of shownPictures(await readFile('photo.webp'))) hashes.push(pdq.hash(picture));
 */
export async function* shownPictures(file: Uint8Array, options: ShownOptions = {}): AsyncGenerator<ShownPicture> {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new Error('without the package sharp only PPM and PGM are read: npm install sharp', { cause });
  });
  const limit = options.maxPixels === undefined ? {} : { limitInputPixels: options.maxPixels };
  const open = (): Sharp => sharp(file, { failOn: 'error', ...limit });
  const { format, orientation = 1, hasAlpha, hasProfile, space } = await open().metadata();
  if (!FORMATS.includes(format)) throw new Error(`devices do not check the format ${format}`);
  if (format === 'png' && hidesFirstPicture(file))
    throw new Error('browsers show its animation, which does not contain the picture that other viewers show');
  const isStoredFirst = format === NOT_TURNED_BY_BROWSERS;
  const turns = isStoredFirst && orientation > 1 ? [false, true] : [!isStoredFirst];
  const backgrounds = hasAlpha && !(await open().stats()).isOpaque ? ['#ffffff', '#000000'] : ['#ffffff'];
  const isMixed = space === 'cmyk';
  if (isMixed && !hasProfile) yield mixedInks(open().autoOrient());
  for (const isTurned of turns)
    for (const background of backgrounds) yield onBackground(isTurned ? open().autoOrient() : open(), background);
  if (isMixed && hasProfile) yield mixedInks(open().autoOrient());
}

async function onBackground(picture: Sharp, background: string): Promise<ShownPicture> {
  const { data, info } = await picture
    .toColourspace('srgb')
    .flatten({ background })
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`the picture has ${info.channels} colour channels instead of 3`);
  return { data, width: info.width, height: info.height, channels: 3 };
}

/** Browsers use no profile for inks if the file has none; then colours differ by up to 20 bits of the hash. */
async function mixedInks(picture: Sharp): Promise<ShownPicture> {
  const { data: inks, info } = await picture
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const data = new Uint8Array(info.width * info.height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const light = 255 - (inks[from + 3] ?? 0);
    for (let i = 0; i < 3; i++) data[to + i] = Math.round(((255 - (inks[from + i] ?? 0)) * light) / 255);
  }
  return { data, width: info.width, height: info.height, channels: 3 };
}

/** An animated PNG whose first picture is not one of its frames: its pixels come before any frame control chunk. */
function hidesFirstPicture(png: Uint8Array): boolean {
  const bytes = new DataView(png.buffer, png.byteOffset, png.length);
  let isAnimated = false;
  for (let at = 8; at + 8 <= bytes.byteLength; at += 12 + bytes.getUint32(at)) {
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (type === 'acTL') isAnimated = true;
    if (type === 'fcTL') return false;
    if (type === 'IDAT') return isAnimated;
  }
  return false;
}
