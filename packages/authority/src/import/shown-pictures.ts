/**
 * The pixels of a picture file as viewers show them, in each way in which they differ. Flow: picture-folder → here → hash.
 * Promise: the sandbox finds the hash of at least one of them within 4 bits, for the same file. Spec: docs/design/authority.md#import
 */
import type { Sharp } from 'sharp';
import { LIMITS } from '@lodestone/protocol/limits';
import { messageOf } from '../keys/authority.ts';
import { importError } from './format.ts';

/** Opaque RGB. */
export interface ShownPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** File formats in which people send pictures. SVG is excluded: it can contain scripts. */
const FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif', 'heif', 'tiff'];
/** What browsers do not turn although EXIF says so, and other viewers do. */
const NOT_TURNED_BY_BROWSERS = 'webp';

/**
 * sRGB, of the first frame: turned as EXIF says, and for WebP also as stored; on white, and if parts are transparent also on black;
 * four inks by their colour profile, and also as browsers mix them.
 * @throws {LodestoneError} `ERR_IMPORT` if the file is not a picture, or viewers disagree on more than that
 */
export async function shownPictures(file: Uint8Array): Promise<ShownPicture[]> {
  // Loaded here, because it is a large native library that no other command needs.
  const { default: sharp } = await import('sharp');
  const open = (): Sharp => sharp(file, { limitInputPixels: LIMITS.picturePixels, failOn: 'error' });
  try {
    const { format, orientation = 1, hasAlpha, space } = await open().metadata();
    if (!FORMATS.includes(format)) throw new Error(`devices do not check the format ${format}`);
    if (format === 'png' && hidesFirstPicture(file))
      throw new Error('browsers show its animation, which does not contain the picture that other viewers show');
    const turns = format === NOT_TURNED_BY_BROWSERS && orientation > 1 ? [false, true] : [true];
    const backgrounds = hasAlpha && !(await open().stats()).isOpaque ? ['#ffffff', '#000000'] : ['#ffffff'];
    const shown: ShownPicture[] = [];
    for (const isTurned of turns) {
      for (const background of backgrounds) {
        const { data, info } = await (isTurned ? open().autoOrient() : open())
          .toColourspace('srgb')
          .flatten({ background })
          .removeAlpha()
          .raw({ depth: 'uchar' })
          .toBuffer({ resolveWithObject: true });
        if (info.channels !== 3) throw new Error(`the picture has ${info.channels} colour channels instead of 3`);
        shown.push({ data, width: info.width, height: info.height });
      }
    }
    if (space === 'cmyk') shown.push(await mixedInks(open().autoOrient()));
    return shown;
  } catch (cause) {
    throw importError(`not a readable picture: ${messageOf(cause)}`, { cause });
  }
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
  return { data, width: info.width, height: info.height };
}

/** An animated PNG whose first picture is not one of its frames (PNG §4.9): its pixels come before any frame control chunk. */
function hidesFirstPicture(png: Uint8Array): boolean {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.length);
  let isAnimated = false;
  for (let at = 8; at + 8 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'acTL') isAnimated = true;
    if (type === 'fcTL') return false;
    if (type === 'IDAT') return isAnimated;
  }
  return false;
}
