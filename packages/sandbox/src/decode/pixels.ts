/** The reduced picture, which is hashed. Each side is at most LIMITS.hashSide. Spec: docs/design/hashing.md#reduction */
import { LIMITS } from '@lodestone/protocol/limits';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Pixels extends Size {
  /** RGBA; alpha is always 255. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A side of 320 pixels hashes as well as one of 512 (README, "How a picture is reduced"); with fewer, hashes change. */
const LEAST_SIDE = 320;

/**
 * Reduces each side independently. PDQ filters and samples each axis to 64 independently, so proportions do not matter to it;
 * but a strip of 16,000 × 100 reduced in proportion would be three rows high, and have no hash.
 */
export function reducedSize({ width, height }: Size): Size {
  return { width: Math.min(width, LIMITS.hashSide), height: Math.min(height, LIMITS.hashSide) };
}

/**
 * The size to request from a JPEG decoder: the smallest of the eighths to which decoders scale at little cost. Undefined for a
 * small picture, whose pixels are used as they are, so that its hash is exact.
 */
export function decodeSize({ width, height }: Size): Size | undefined {
  if (Math.max(width, height) <= LIMITS.hashSide) return undefined;
  const share = [1, 2, 3, 4, 5, 6, 7, 8]
    .map((eighths) => eighths / 8)
    .find((part) => [width, height].every((side) => side * part >= Math.min(side, LEAST_SIDE)));
  return { width: Math.ceil(width * (share ?? 1)), height: Math.ceil(height * (share ?? 1)) };
}

export function swapped({ width, height }: Size): Size {
  return { width: height, height: width };
}
