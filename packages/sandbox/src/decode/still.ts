/**
 * Decodes a still: reads its header, then calls the decoder that works in this engine, which is found once by trying.
 * Flow: scan → here → reduced pixels. Promise: no decoder gets a picture that is too large; what an engine shows of a damaged picture is
 * decoded, and is not complete. Spec: docs/design/hashing.md#formats
 */
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol/limits';
import type { BitmapSize, HostBitmap } from '@lodestone/protocol/sandbox';
import type { IncompleteReason } from '@lodestone/protocol/verdict';
import type { Background } from './flatten-alpha.ts';
import { type ImageHeader, readImageHeader } from './format/image-header.ts';
import { canDecodeBlobs, decodeToBitmap, readAllOfBitmap, readBitmap } from './image-bitmap.ts';
import { decodeByImageDecoder, readByImageDecoder, traitsOfImageDecoder } from './image-decoder.ts';
import type { Looks } from './looks.ts';
import type { Pixels, Size } from './pixels.ts';
import { HEADER_READERS, type StillType } from './sniff.ts';

export interface Still {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: StillType;
  /** Asks the host to decode; undefined for what the host does not have. Used only if the sandbox cannot decode in this engine. */
  readonly bitmap: ((size: BitmapSize) => Promise<HostBitmap | undefined>) | undefined;
}

export type Decoded = Looks | { readonly reason: Extract<IncompleteReason, 'decode' | 'too-large'> };

export interface StillDecoder {
  /** The sandbox cannot decode in this engine: it asks the host for a bitmap. */
  readonly needsBitmap: boolean;
  decode(still: Still): Promise<Decoded>;
  /** All pixels, for a picture whose hash would differ if it was reduced. Undefined if it is too large or does not decode. */
  decodeAtFullSize(still: Still, background: Background): Promise<Pixels | undefined>;
}

/** How an engine decodes. Undefined if it shows nothing. */
interface Engine {
  readonly needsBitmap: boolean;
  /** The largest JPEG that it decodes, in pixels. */
  readonly largest: { readonly side: number; readonly pixels: number };
  reduced(still: Still, header: ImageHeader): Promise<Looks | undefined>;
  atFullSize(still: Still, background: Background): Promise<Pixels | undefined>;
}

export async function chooseStillDecoder(): Promise<StillDecoder> {
  const { needsBitmap, largest, reduced, atFullSize } = await chooseEngine();
  return {
    needsBitmap,
    async decode(still) {
      const header = readImageHeader(HEADER_READERS[still.type], still.bytes);
      if (!header) return { reason: 'decode' };
      if (isTooLarge(header, still.type, largest)) return { reason: 'too-large' };
      const looks = await reduced(still, header);
      return looks ? { ...looks, isWhole: looks.isWhole && header.complete } : { reason: 'decode' };
    },
    async decodeAtFullSize(still, background) {
      const header = readImageHeader(HEADER_READERS[still.type], still.bytes);
      if (
        !header ||
        isTooLarge(header, still.type, { ...largest, side: LIMITS.pictureSide }) ||
        header.width * header.height > LIMITS.fullSizePixels
      )
        return undefined;
      return atFullSize(still, background);
    },
  };
}

async function chooseEngine(): Promise<Engine> {
  const traits = await traitsOfImageDecoder();
  if (traits) {
    const ofIcons = ofBitmaps(false, ({ bytes, type }) => decodeToBitmap(bytes, type));
    return {
      needsBitmap: false,
      largest: { side: SCAN_LIMITS.longestSide, pixels: traits.jpegPixels },
      reduced: (still, header) =>
        // ImageDecoder reads no icons.
        still.type === 'image/x-icon' ? ofIcons.reduced(still, header) : decodeByImageDecoder(still, header, traits),
      atFullSize: (still, background) => readByImageDecoder(still, traits, background),
    };
  }
  if (await canDecodeBlobs()) return ofBitmaps(false, ({ bytes, type }) => decodeToBitmap(bytes, type));
  return ofBitmaps(true, async ({ bitmap }, size) => bitmap?.(size));
}

function ofBitmaps(
  needsBitmap: boolean,
  bitmapOf: (still: Still, size: BitmapSize) => Promise<HostBitmap | undefined>,
): Engine {
  return {
    needsBitmap,
    largest: { side: LIMITS.pictureSide, pixels: LIMITS.bitmapPixels },
    async reduced(still, { isDangerous }) {
      const picture = isDangerous ? undefined : await bitmapOf(still, 'reduced');
      return picture && readBitmap(picture.bitmap, picture);
    },
    async atFullSize(still, background) {
      const picture = await bitmapOf(still, 'full');
      return picture && readAllOfBitmap(picture.bitmap, background);
    },
  };
}

/** Decoding takes time for each pixel, unless the decoder scales: Firefox needs more than 15 s for a GIF of 268 million. */
function isTooLarge({ width, height }: Size, type: StillType, largest: Engine['largest']): boolean {
  const pixels = type === 'image/jpeg' ? largest.pixels : SCAN_LIMITS.unscaledPixels;
  return Math.max(width, height) > largest.side || width * height > pixels;
}
