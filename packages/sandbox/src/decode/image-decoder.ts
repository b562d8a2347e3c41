/**
 * Decodes with `ImageDecoder` (Chromium, Firefox): the first frame only, scaled during decoding if the engine can.
 * Chromium scales only JPEG, by the eighths that fit the desired size, and reports the orientation. Firefox applies the orientation, and
 * scales all formats to the desired size. Promise: both give the picture that an <img> shows. Spec: docs/design/hashing.md#reduction
 */
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import { type AlphaForm, type Background, flattenAlpha } from './flatten-alpha.ts';
import type { ImageHeader } from './format/image-header.ts';
import { decodesToBitmap } from './image-bitmap.ts';
import { mirroredBy, type Orientation, orient, orientationOf } from './orient.ts';
import { decodeFrame, decodePart, type Frame } from './partial-frame.ts';
import { decodeSize, freeDecodeSize, isExact, type Pixels, type Size, swapped } from './pixels.ts';
import { type DecodedPicture, readAll, reduce } from './reduce.ts';
import type { StillType } from './sniff.ts';
import type { Looks } from './looks.ts';
import { CUT_PNG, HALF_RED_PNG } from './tiny-pictures.ts';

/** What differs between the engines that have an ImageDecoder. */
export interface ImageDecoderTraits {
  readonly alphaForm: AlphaForm;
  /** It rejects what it cannot decode whole. Firefox reports success, with a white or partial frame. */
  readonly rejectsDamage: boolean;
  /** The largest JPEG that it decodes in time, in pixels. */
  readonly jpegPixels: number;
}

interface StillBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: StillType;
}

/** @returns undefined if the engine shows nothing */
export function decodeByImageDecoder(
  still: StillBytes,
  header: ImageHeader,
  traits: ImageDecoderTraits,
): Promise<Looks | undefined> {
  const isFirefox = turnsAndScales();
  const full = isFirefox && header.isSideways ? swapped(header) : header;
  const scaled = isFirefox ? freeDecodeSize(full) : still.type === 'image/jpeg' ? decodeSize(full) : undefined;
  return withFrame(still, scaled, traits, async ({ frame, isWhole }) => {
    const orientation = orientationOf(frame.rotation ?? 0, frame.flip ?? false);
    const on = async (background: Background): Promise<{ pixels: Pixels; hadAlpha: boolean; size: Size }> => {
      const picture = pictureIn(frame, traits.alphaForm, background);
      const size = scaled ? full : { width: picture.width, height: picture.height };
      const stored = isExact(size) ? await readAll(picture) : await reduce(picture, size, mirroredBy(orientation));
      const pixels = inOrientation(stored, orientation);
      return { pixels, hadAlpha: picture.hadAlpha(), size };
    };
    const { pixels, hadAlpha, size } = await on('white');
    return {
      pixels,
      ...(hadAlpha && { onBlack: (await on('black')).pixels }),
      full: orientation.turns % 2 === 1 ? swapped(size) : size,
      isWhole,
    };
  });
}

/** With all its pixels. */
export function readByImageDecoder(
  still: StillBytes,
  traits: ImageDecoderTraits,
  background: Background,
): Promise<Pixels | undefined> {
  return withFrame(still, undefined, traits, async ({ frame }) =>
    inOrientation(
      await readAll(pictureIn(frame, traits.alphaForm, background)),
      orientationOf(frame.rotation ?? 0, frame.flip ?? false),
    ),
  );
}

interface OpenFrame {
  readonly frame: Frame;
  readonly isWhole: boolean;
}

async function withFrame<T>(
  still: StillBytes,
  scaled: Size | undefined,
  traits: ImageDecoderTraits,
  use: (open: OpenFrame) => Promise<T>,
): Promise<T | undefined> {
  const open = await openFrame(still, scaled, traits);
  try {
    return open && (await use(open));
  } catch {
    return undefined; // lack of memory
  } finally {
    open?.frame.close();
  }
}

/** @returns undefined if the engine shows nothing */
async function openFrame(
  { bytes, type }: StillBytes,
  scaled: Size | undefined,
  { rejectsDamage }: ImageDecoderTraits,
): Promise<OpenFrame | undefined> {
  const desired = scaled && { desiredWidth: scaled.width, desiredHeight: scaled.height };
  const frame = await decodeFrame({ data: bytes, type, ...desired });
  if (!frame) {
    const part = rejectsDamage ? await decodePart(bytes, { type, ...desired }) : undefined;
    return part && { frame: part, isWhole: false };
  }
  if (rejectsDamage || !(await endsInOneColour(frame)) || (await decodesToBitmap(bytes, type)))
    return { frame, isWhole: true };
  frame.close();
  return undefined;
}

/** Rows that were not decoded are plain, and they are the last ones. So only few pictures are decoded twice. */
async function endsInOneColour(frame: Frame): Promise<boolean> {
  const { height } = visiblePart(frame);
  const row = new Uint32Array((await readRows(frame, height - 1, 1)).buffer);
  const isPlain = row.every((pixel) => pixel === row[0]);
  row.fill(0);
  return isPlain;
}

/** A frame of an animation on white, reduced and as it is shown. */
export async function pixelsOf(frame: Frame, alphaForm: AlphaForm): Promise<Pixels> {
  const orientation = orientationOf(frame.rotation ?? 0, frame.flip ?? false);
  const picture = pictureIn(frame, alphaForm, 'white');
  return inOrientation(await reduce(picture, picture, mirroredBy(orientation)), orientation);
}

let traits: Promise<ImageDecoderTraits | undefined> | undefined;

/** Found once by trying. Undefined if this engine has no working decoder. */
export function traitsOfImageDecoder(): Promise<ImageDecoderTraits | undefined> {
  return (traits ??= tryImageDecoder());
}

/** Chromium returns straight alpha, Firefox premultiplied. */
async function tryImageDecoder(): Promise<ImageDecoderTraits | undefined> {
  if (!('ImageDecoder' in globalThis)) return undefined;
  const frame = await decodeFrame({ data: HALF_RED_PNG.slice(), type: 'image/png' });
  if (!frame) return undefined;
  const [red = 0] = await readRows(frame, 0, 1);
  frame.close();
  const damaged = await decodeFrame({ data: CUT_PNG.slice(), type: 'image/png' });
  damaged?.close();
  return {
    alphaForm: red > 200 ? 'straight' : 'premultiplied',
    rejectsDamage: !damaged,
    jpegPixels: turnsAndScales() ? SCAN_LIMITS.firefoxJpegPixels : SCAN_LIMITS.picturePixels,
  };
}

/** Firefox: an engine whose frames have no orientation applies it itself. */
function turnsAndScales(): boolean {
  return !('rotation' in VideoFrame.prototype);
}

function inOrientation(pixels: Pixels, orientation: Orientation): Pixels {
  const oriented = orient(pixels, orientation);
  if (oriented !== pixels) pixels.data.fill(0);
  return oriented;
}

/** Firefox converts the whole frame for each copy, however small: 16 strips of a picture took as long as 16 pictures. */
const LARGE_STRIP_BYTES = 67_108_864;

function pictureIn(
  frame: Frame,
  alphaForm: AlphaForm,
  background: Background,
): DecodedPicture & { hadAlpha(): boolean } {
  const { width, height } = visiblePart(frame);
  let hadAlpha = false;
  return {
    width,
    height,
    ...(turnsAndScales() && { stripBytes: LARGE_STRIP_BYTES }),
    hadAlpha: () => hadAlpha,
    async rows(first, count) {
      const rows = await readRows(frame, first, count);
      hadAlpha = flattenAlpha(rows, alphaForm, background) || hadAlpha;
      return rows;
    },
  };
}

async function readRows(frame: VideoFrame, first: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
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
