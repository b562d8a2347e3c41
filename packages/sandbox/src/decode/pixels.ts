/** Sizes of the picture that is hashed: all its pixels, or a reduced copy. Spec: docs/design/hashing.md#reduction */
import { LIMITS } from '@lodestone/protocol/limits';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Pixels extends Size {
  /** RGBA; alpha is always 255. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** Whether a picture is hashed with all its pixels: then its hash is exactly PDQ's. */
export function isExact({ width, height }: Size): boolean {
  return width * height <= LIMITS.exactPixels && Math.max(width, height) <= LIMITS.pictureSide;
}

/**
 * PDQ samples a side of 512 pixels at equal steps. Decoded with fewer, a picture is reduced to another number, and its samples move by up
 * to half a pixel: with 320 a third of the photographs drifted by more than 4 bits.
 */
const LEAST_SIDE = LIMITS.hashSide;

/**
 * Reduces each side independently. PDQ filters and samples each axis to 64 independently, so proportions do not matter to it;
 * but a strip of 16,000 × 100 reduced in proportion would be three rows high, and have no hash.
 */
export function reducedSize({ width, height }: Size): Size {
  return { width: Math.min(width, LIMITS.hashSide), height: Math.min(height, LIMITS.hashSide) };
}

/** The size at which a bitmap is drawn to be read. */
export function drawnSize(bitmap: Size): Size {
  const limit = isExact(bitmap) ? Infinity : LIMITS.bitmapSide;
  return { width: Math.min(bitmap.width, limit), height: Math.min(bitmap.height, limit) };
}

/**
 * The size to request from a JPEG decoder: the smallest of the eighths to which decoders scale at little cost. Undefined for a
 * picture whose pixels are used as they are.
 */
export function decodeSize({ width, height }: Size): Size | undefined {
  if (isExact({ width, height })) return undefined;
  const share = [1, 2, 3, 4, 5, 6, 7, 8]
    .map((eighths) => eighths / 8)
    .find((part) => [width, height].every((side) => side * part >= Math.min(side, LEAST_SIDE)));
  return { width: Math.ceil(width * (share ?? 1)), height: Math.ceil(height * (share ?? 1)) };
}

/** From this side on, a decoder that can reduces each side of a picture by itself: the short one of a strip needs all its pixels. */
const LONG_SIDE = 8_192;

/** The size to request from a decoder that scales to any size. */
export function freeDecodeSize(size: Size): Size | undefined {
  if (Math.max(size.width, size.height) < LONG_SIDE) return decodeSize(size);
  const fewest = (side: number): number => Math.max(Math.ceil(side / 8), Math.min(side, LEAST_SIDE));
  return { width: fewest(size.width), height: fewest(size.height) };
}

export function swapped({ width, height }: Size): Size {
  return { width: height, height: width };
}
