/**
 * Decodes by `ImageDecoder` (Chromium, Firefox): first frame only, scaled while it is decoded where the engine can.
 * Chromium scales JPEG alone, by the eighths that fit into the asked area, and tells the orientation; Firefox scales all
 * formats to the asked size, and has turned the picture already. What is left is done here, so both end alike.
 */
import { mirroredBy, orient, orientationOf } from './orient.ts';
import { decodeSize, fullSize, type Pixels, type Size } from './pixels.ts';
import { type DecodedPicture, reduce } from './reduce.ts';
import type { PictureType } from './sniff.ts';
import { type AlphaForm, layOnWhite } from './flatten-alpha.ts';

/** Not in the DOM library yet; absent where the engine has turned the picture itself. */
type Frame = VideoFrame & { readonly rotation?: number; readonly flip?: boolean };

/** @returns undefined where the bytes do not decode */
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
    const orientation = orientationOf(frame.rotation ?? 0, frame.flip ?? false);
    const picture = pictureIn(frame, alphaForm);
    const pixels = await reduce(picture, fullSize(picture, stored), mirroredBy(orientation));
    const turned = orient(pixels, orientation);
    if (turned !== pixels) pixels.data.fill(0);
    return turned;
  } catch {
    return undefined; // an EncodingError in each engine's own words
  } finally {
    frame?.close();
    decoder.close();
  }
}

/** One pixel of red, half transparent. */
const HALF_RED = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DQAAAEgQGALFXOsAAAAABJRU5ErkJggg==';

/** How this engine's decoder hands out alpha; undefined where it has no decoder that works. Chromium: straight. Firefox: multiplied. */
export async function alphaFormOfImageDecoder(): Promise<AlphaForm | undefined> {
  if (!('ImageDecoder' in globalThis)) return undefined;
  const decoder = new ImageDecoder({
    data: Uint8Array.from(atob(HALF_RED), (octet) => octet.charCodeAt(0)),
    type: 'image/png',
  });
  try {
    const { image } = await decoder.decode();
    const [red = 0] = await readRows(image, 0, 1);
    image.close();
    return red > 200 ? 'straight' : 'multiplied';
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
      layOnWhite(rows, alphaForm);
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
