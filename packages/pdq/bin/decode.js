/**
 * Decodes a file to pixels as browsers show it: turned as EXIF says, on white, first frame. Reads Netpbm (P5, P6) itself, other formats
 * with sharp, an optional peer dependency.
 */

/**
 * @typedef {{ data: Uint8Array; width: number; height: number; channels: 1 | 3 }} Picture
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Picture>}
 */
export async function decode(bytes) {
  return isNetpbm(bytes) ? decodeNetpbm(bytes) : await decodeWithSharp(bytes);
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

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Picture>}
 */
async function decodeWithSharp(bytes) {
  const { default: sharp } = await import('sharp').catch((cause) => {
    throw new Error('only PPM and PGM are read without the package sharp: npm install sharp', { cause });
  });
  const stored = sharp(bytes);
  const { format, space, hasProfile } = await stored.metadata();
  // Browsers turn every format as EXIF says, except WebP.
  const shown = format === 'webp' ? stored : stored.autoOrient();
  if (space === 'cmyk' && !hasProfile) return decodeInks(shown);
  const image = shown.toColourspace('srgb').flatten({ background: '#ffffff' }).removeAlpha();
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels === 1 ? 1 : 3 };
}

/**
 * Four inks without a profile, as browsers mix them.
 * @param {import('sharp').Sharp} image
 * @returns {Promise<Picture>}
 */
async function decodeInks(image) {
  const { data: inks, info } = await image
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const data = new Uint8Array(info.width * info.height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const light = 255 - inks[from + 3];
    for (let i = 0; i < 3; i++) data[to + i] = Math.round(((255 - inks[from + i]) * light) / 255);
  }
  return { data, width: info.width, height: info.height, channels: 3 };
}
