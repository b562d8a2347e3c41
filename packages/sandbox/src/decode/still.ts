/**
 * Decodes a still: reads its header, then calls the decoder that works in this engine, which is found once by trying.
 * Flow: scan → here → reduced pixels. Promise: no decoder gets a picture that is too large or whose end is missing.
 * Spec: docs/design/hashing.md#formats
 */
import { LIMITS } from '@lodestone/protocol/limits';
import type { IncompleteReason } from '@lodestone/protocol/verdict';
import { readImageHeader } from './format/image-header.ts';
import { canDecodeBlobs, decodeByCreateImageBitmap, readBitmap } from './image-bitmap.ts';
import { alphaFormOfImageDecoder, decodeByImageDecoder } from './image-decoder.ts';
import { fullSize, type Pixels, type Size } from './pixels.ts';
import { HEADER_READERS, type PictureType } from './sniff.ts';

export interface Still {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: PictureType;
  /** Reduced by the host; used only if the sandbox cannot decode in this engine. */
  readonly bitmap: ImageBitmap | undefined;
}

/** `full`: the size before it was reduced, as it is shown. */
export type Decoded = { pixels: Pixels; full: Size } | { reason: Extract<IncompleteReason, 'decode' | 'too-large'> };

export interface StillDecoder {
  /** The sandbox cannot decode in this engine: the host must send a reduced bitmap. */
  readonly needsBitmap: boolean;
  decode(still: Still): Promise<Decoded>;
}

type DecodeBytes = (still: Still, stored: Size) => Promise<Pixels | undefined>;

export async function chooseStillDecoder(): Promise<StillDecoder> {
  const alphaForm = await alphaFormOfImageDecoder();
  if (alphaForm) {
    return decoder(false, ({ bytes, type }, stored) => decodeByImageDecoder(bytes, type, stored, alphaForm));
  }
  if (await canDecodeBlobs()) {
    return decoder(false, ({ bytes, type }, stored) => decodeByCreateImageBitmap(bytes, type, stored));
  }
  return decoder(true, async ({ bitmap }, stored) => bitmap && readBitmap(bitmap, stored));
}

function decoder(needsBitmap: boolean, decodeBytes: DecodeBytes): StillDecoder {
  return {
    needsBitmap,
    async decode(still) {
      const header = readImageHeader(HEADER_READERS[still.type], still.bytes);
      if (!header) return { reason: 'decode' };
      if (isTooLarge(header)) return { reason: 'too-large' };
      if (!header.complete) return { reason: 'decode' };
      const pixels = await decodeBytes(still, header);
      return pixels ? { pixels, full: fullSize(pixels, header) } : { reason: 'decode' };
    },
  };
}

function isTooLarge({ width, height }: Size): boolean {
  return Math.max(width, height) > LIMITS.pictureSide || width * height > LIMITS.picturePixels;
}
