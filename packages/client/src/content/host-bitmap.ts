/**
 * Decodes a picture in the host page, for engines whose workers cannot do so in an opaque origin (WebKit). Flow: block feeder → here →
 * scanner. Promise: only what the sandbox requested, after it has read the picture's header; a request that contradicts the picture's
 * first bytes is not decoded, and a bitmap over the limits is not handed out. Spec: docs/design/sandbox.md#scanner
 */
import { type BitmapSize, type HostBitmap, LIMITS, PICTURE_ENDS, type PictureFormat, toHex } from '@lodestone/protocol';

/** How each format begins, in hex. The sandbox reads the bytes, too, so only a lying one requests another format. */
const BEGINNINGS: Readonly<Record<PictureFormat, RegExp>> = {
  'image/jpeg': /^ffd8ff/,
  'image/png': /^89504e470d0a1a0a/,
  'image/gif': /^474946383[79]61/,
  'image/webp': /^52494646.{8}57454250/, // RIFF, WEBP
  'image/avif': /^.{8}66747970/, // ftyp
  'image/bmp': /^424d/,
};

/** Returns undefined if the bytes are of another format, the engine does not decode the picture, or it is over the limits. */
export async function makeBitmap(
  content: Blob,
  format: PictureFormat,
  size: BitmapSize,
): Promise<HostBitmap | undefined> {
  const beginning = toHex(new Uint8Array(await content.slice(0, 16).arrayBuffer()));
  if (!BEGINNINGS[format].test(beginning)) return undefined;
  let whole: ImageBitmap;
  try {
    whole = await createImageBitmap(new Blob([content, Uint8Array.from(PICTURE_ENDS[format])], { type: format }));
  } catch {
    return undefined;
  }
  const { width, height } = whole;
  if (isTooLarge(width, height, size)) {
    whole.close();
    return undefined;
  }
  if (size === 'full' || width * height <= LIMITS.exactPixels) return { bitmap: whole, width, height };
  // Each side is limited separately: PDQ samples both equally, and a proportionally reduced strip would be too thin to hash.
  const reduced = {
    resizeWidth: Math.min(width, LIMITS.bitmapSide),
    resizeHeight: Math.min(height, LIMITS.bitmapSide),
    resizeQuality: 'high' as const,
  };
  try {
    return { bitmap: await createImageBitmap(whole, reduced), width, height };
  } finally {
    whole.close();
  }
}

/** An honest sandbox does not request such a picture: it has read the size from the header. */
function isTooLarge(width: number, height: number, size: BitmapSize): boolean {
  const pixels = size === 'full' ? LIMITS.fullSizePixels : LIMITS.bitmapPixels;
  return Math.max(width, height) > LIMITS.pictureSide || width * height > pixels;
}
