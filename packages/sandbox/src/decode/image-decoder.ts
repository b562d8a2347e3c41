/**
 * Decodes with `ImageDecoder` (Chromium, Firefox): the first frame only, scaled during decoding if the engine can.
 * Chromium scales only JPEG, by the eighths that fit the desired size, and reports the orientation. Firefox scales all formats to
 * the desired size and applies the orientation. Promise: both give the same picture. Spec: docs/design/hashing.md#reduction
 */
import { mirroredBy, orient, orientationOf } from './orient.ts';
import { decodeSize, fullSize, type Pixels, type Size } from './pixels.ts';
import { type DecodedPicture, reduce } from './reduce.ts';
import type { PictureType } from './sniff.ts';
import { type AlphaForm, flattenAlpha } from './flatten-alpha.ts';

/** The DOM library does not declare these yet; absent if the engine has applied the orientation itself. */
export type Frame = VideoFrame & { readonly rotation?: number; readonly flip?: boolean };

/** @returns undefined if the bytes do not decode */
export async function decodeByImageDecoder(
  bytes: Uint8Array<ArrayBuffer>,
  type: PictureType,
  stored: Size,
  alphaForm: AlphaForm,
): Promise<Pixels | undefined> {
  const size = decodeSize(stored);
  const desired = size && { desiredWidth: size.width, desiredHeight: size.height };
  const decoder = new ImageDecoder({ data: bytes, type, ...desired });
  let frame: Frame | undefined;
  try {
    frame = (await decoder.decode({ frameIndex: 0 })).image;
    return await pixelsOf(frame, stored, alphaForm);
  } catch {
    return undefined; // an EncodingError; its text differs between engines
  } finally {
    frame?.close();
    decoder.close();
  }
}

/** The frame, reduced and as it is shown. */
export async function pixelsOf(frame: Frame, stored: Size, alphaForm: AlphaForm): Promise<Pixels> {
  const orientation = orientationOf(frame.rotation ?? 0, frame.flip ?? false);
  const picture = pictureIn(frame, alphaForm);
  const pixels = await reduce(picture, fullSize(picture, stored), mirroredBy(orientation));
  const oriented = orient(pixels, orientation);
  if (oriented !== pixels) pixels.data.fill(0);
  return oriented;
}

/** One half-transparent red pixel. */
const HALF_RED = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DQAAAEgQGALFXOsAAAAABJRU5ErkJggg==';

/** Chromium returns straight alpha, Firefox premultiplied. Undefined if this engine has no working decoder. */
export async function alphaFormOfImageDecoder(): Promise<AlphaForm | undefined> {
  if (!('ImageDecoder' in globalThis)) return undefined;
  const decoder = new ImageDecoder({
    data: Uint8Array.from(atob(HALF_RED), (character) => character.charCodeAt(0)),
    type: 'image/png',
  });
  try {
    const { image } = await decoder.decode();
    const [red = 0] = await readRows(image, 0, 1);
    image.close();
    return red > 200 ? 'straight' : 'premultiplied';
  } catch {
    return undefined;
  } finally {
    decoder.close();
  }
}

function pictureIn(frame: VideoFrame, alphaForm: AlphaForm): DecodedPicture {
  const { width, height } = visiblePart(frame);
  return {
    width,
    height,
    async rows(first, count) {
      const rows = await readRows(frame, first, count);
      flattenAlpha(rows, alphaForm);
      return rows;
    },
  };
}

async function readRows(frame: VideoFrame, first: number, count: number): Promise<Uint8Array> {
  const { x, y, width } = visiblePart(frame);
  const strip = { format: 'RGBA', rect: { x, y: y + first, width, height: count } } as const;
  const rows = new Uint8Array(frame.allocationSize(strip));
  await frame.copyTo(rows, strip);
  return rows;
}

function visiblePart({ visibleRect }: VideoFrame): DOMRectReadOnly {
  if (!visibleRect) throw new Error('the frame is closed');
  return visibleRect;
}
