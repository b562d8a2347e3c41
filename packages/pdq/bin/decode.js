/**
 * Decodes a file to pixels as browsers show it: turned as EXIF says, on white, first frame. Reads Netpbm (P5, P6) itself, other formats
 * with sharp, an optional peer dependency.
 */
import { shownPictures } from '@lodestone/pdq/shown-pictures';

/**
 * @typedef {{ data: Uint8Array; width: number; height: number; channels: 1 | 3 }} Picture
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Picture>}
 */
export async function decode(bytes) {
  if (isNetpbm(bytes)) return decodeNetpbm(bytes);
  for await (const picture of shownPictures(bytes)) return picture;
  throw new Error('the file has no picture');
}

/** @param {Uint8Array} bytes */
function isNetpbm(bytes) {
  return bytes[0] === 0x50 && (bytes[1] === 0x35 || bytes[1] === 0x36);
}

/**
 * Header: magic number, width, height, maximum value, separated by white space or comments. One white space, then pixels.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Picture}
 */
function decodeNetpbm(bytes) {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1_024));
  const match = /^P([56])(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+(\d+)\s/.exec(head);
  if (match === null) throw new Error('this PPM or PGM has no complete header');
  const [header, kind, width, height, most] = match;
  if (Number(most) !== 255)
    throw new Error(`only PPM and PGM files with 8 bits are supported (the maximum value must be 255, not ${most})`);
  const channels = kind === '5' ? 1 : 3;
  const end = header.length + Number(width) * Number(height) * channels;
  const data = bytes.slice(header.length, end);
  return { data, width: Number(width), height: Number(height), channels };
}
