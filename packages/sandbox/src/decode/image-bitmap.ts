/**
 * Decodes with `createImageBitmap` and a canvas if there is no ImageDecoder, or reads the bitmap that the host made in the same
 * way. The engine has applied the orientation; drawing on white flattens alpha. Spec: docs/design/hashing.md#reduction
 */
import { decodeSize, fullSize, type Pixels, reducedSize, type Size } from './pixels.ts';
import { reduce } from './reduce.ts';
import type { PictureType } from './sniff.ts';

/** @returns undefined if the bytes do not decode */
export async function decodeByCreateImageBitmap(
  bytes: Uint8Array<ArrayBuffer>,
  type: PictureType,
  stored: Size,
): Promise<Pixels | undefined> {
  const size = decodeSize(stored) && reducedSize(stored);
  const resize = size && { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: 'high' as const };
  let bitmap: ImageBitmap;
  try {
    const blob = new Blob([bytes], { type });
    bitmap = await createImageBitmap(blob, resize);
  } catch {
    return undefined; // an InvalidStateError: the bytes do not decode
  }
  return readBitmap(bitmap, stored);
}

/** Closes the bitmap. */
export async function readBitmap(bitmap: ImageBitmap, stored: Size): Promise<Pixels> {
  const { width, height } = reducedSize(bitmap);
  const { data } = drawOnWhite(bitmap, width, height);
  const rows = (first: number, count: number): Promise<Uint8ClampedArray> =>
    Promise.resolve(data.subarray(first * width * 4, (first + count) * width * 4));
  return reduce({ width, height, rows }, fullSize({ width, height }, stored));
}

function drawOnWhite(bitmap: ImageBitmap, width: number, height: number): ImageData {
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context) throw new Error('no 2D canvas');
    context.imageSmoothingQuality = 'high';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } finally {
    bitmap.close();
  }
}

/** The smallest GIF. */
const ONE_PIXEL = 'R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=';

/** Whether this worker can decode a Blob that it made. In WebKit a worker of an opaque origin cannot read Blobs. */
export async function canDecodeBlobs(): Promise<boolean> {
  const onePixel = Uint8Array.from(atob(ONE_PIXEL), (character) => character.charCodeAt(0));
  try {
    (await createImageBitmap(new Blob([onePixel], { type: 'image/gif' }))).close();
    return true;
  } catch {
    return false;
  }
}
