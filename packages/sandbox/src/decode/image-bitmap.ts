/**
 * Decodes with `createImageBitmap` and a canvas if there is no ImageDecoder, or reads the bitmap that the host made in the same
 * way. The engine has applied the orientation. Spec: docs/design/hashing.md#reduction
 */
import type { HostBitmap } from '@lodestone/protocol/sandbox';
import type { Background } from './flatten-alpha.ts';
import { drawnSize, type Pixels, type Size } from './pixels.ts';
import { reduce, rowsOf } from './reduce.ts';
import type { StillType } from './sniff.ts';
import type { Looks } from './looks.ts';
import { ONE_PIXEL_GIF } from './tiny-pictures.ts';

/** @returns undefined if the bytes do not decode */
export async function decodeToBitmap(bytes: Uint8Array<ArrayBuffer>, type: StillType): Promise<HostBitmap | undefined> {
  try {
    const bitmap = await createImageBitmap(new Blob([bytes], { type }));
    return { bitmap, width: bitmap.width, height: bitmap.height };
  } catch {
    return undefined; // an InvalidStateError
  }
}

/** Whether the engine decodes the bytes whole. */
export async function decodesToBitmap(bytes: Uint8Array<ArrayBuffer>, type: StillType): Promise<boolean> {
  const picture = await decodeToBitmap(bytes, type);
  picture?.bitmap.close();
  return picture !== undefined;
}

/**
 * Closes the bitmap.
 * @param full the picture's size, if the bitmap is reduced
 * @returns undefined for a bitmap that shows nothing: WebKit's, of a picture that it cannot decode
 */
export async function readBitmap(bitmap: ImageBitmap, { width, height }: Size): Promise<Looks | undefined> {
  const full = { width, height };
  try {
    const onWhite = draw(bitmap, 'white', drawnSize(bitmap));
    const onBlack = draw(bitmap, 'black', drawnSize(bitmap));
    const hasAlpha = differ(onWhite, onBlack);
    if (hasAlpha && isPlain(onWhite) && isPlain(onBlack)) return undefined;
    const pixels = await reduced(onWhite, full);
    if (hasAlpha) return { pixels, onBlack: await reduced(onBlack, full), full, isWhole: true };
    onBlack.data.fill(0);
    return { pixels, full, isWhole: true };
  } finally {
    bitmap.close();
  }
}

/** With all its pixels. Closes the bitmap. */
export function readAllOfBitmap(bitmap: ImageBitmap, background: Background): Pixels {
  try {
    return draw(bitmap, background, bitmap);
  } finally {
    bitmap.close();
  }
}

function differ(one: Pixels, other: Pixels): boolean {
  const [a, b] = [colours(one), colours(other)];
  return a.some((colour, i) => colour !== b[i]);
}

/** Nothing but its background. */
function isPlain(pixels: Pixels): boolean {
  const all = colours(pixels);
  return all.every((colour) => colour === all[0]);
}

const colours = ({ data }: Pixels): Uint32Array => new Uint32Array(data.buffer);

/** A bitmap with all its pixels keeps them. */
async function reduced(drawn: Pixels, full: Size): Promise<Pixels> {
  if (drawn.width === full.width && drawn.height === full.height) return drawn;
  const pixels = await reduce(rowsOf(drawn), full);
  drawn.data.fill(0);
  return pixels;
}

function draw(bitmap: ImageBitmap, background: Background, { width, height }: Size): Pixels {
  const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('no 2D canvas');
  context.imageSmoothingQuality = 'high';
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  context.clearRect(0, 0, width, height);
  return { width, height, data };
}

/** Whether this worker can decode a Blob that it made. In WebKit a worker of an opaque origin cannot read Blobs. */
export async function canDecodeBlobs(): Promise<boolean> {
  return decodesToBitmap(ONE_PIXEL_GIF, 'image/gif');
}
