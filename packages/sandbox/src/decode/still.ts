/**
 * Decodes a still: structure first, then the decoder that this engine has, chosen once by what works, not by its name.
 * Flow: scan → here → reduced pixels. Promise: no decoder sees a picture over a bound, or one whose end is missing.
 */
import { LIMITS } from '@lodestone/protocol/limits';
import type { IncompleteReason } from '@lodestone/protocol/verdict';
import { readFacts } from './format/image-header.ts';
import { canDecodeBlobs, decodeByCreateImageBitmap, readBitmap } from './image-bitmap.ts';
import { alphaFormOfImageDecoder, decodeByImageDecoder } from './image-decoder.ts';
import { fullSize, type Pixels, type Size } from './pixels.ts';
import type { PictureType } from './sniff.ts';

export interface Still {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: PictureType;
  /** Reduced by the host; used only where this engine decodes nothing in here. */
  readonly bitmap: ImageBitmap | undefined;
}

/** `full`: its size before it was reduced, as it is shown. */
export type Decoded = { pixels: Pixels; full: Size } | { reason: Extract<IncompleteReason, 'decode' | 'too-large'> };

export interface StillDecoder {
  /** Stills do not decode in here: the host must reduce them. */
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
      const facts = readFacts(still.type, still.bytes);
      if (!facts) return { reason: 'decode' };
      if (isTooLarge(facts)) return { reason: 'too-large' };
      if (!facts.complete) return { reason: 'decode' };
      const pixels = await decodeBytes(still, facts);
      return pixels ? { pixels, full: fullSize(pixels, facts) } : { reason: 'decode' };
    },
  };
}

function isTooLarge({ width, height }: Size): boolean {
  return Math.max(width, height) > LIMITS.pictureSide || width * height > LIMITS.picturePixels;
}
