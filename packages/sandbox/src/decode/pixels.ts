/** The reduced picture: what is hashed. Each side is at most LIMITS.hashSide. */
import { LIMITS } from '@lodestone/protocol/limits';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Pixels extends Size {
  /** RGBA; the fourth octet is always 255. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A side is hashed as well at 320 pixels as at 512 (README, "How a picture is reduced"); below, hashes move. */
const LEAST_SIDE = 320;

/**
 * Each side is cut to its bound by itself. PDQ filters and samples each axis to 64 on its own, so proportions do not
 * matter to it; but a strip of 16,000 × 100 reduced in proportion would be three rows high, and have no hash.
 */
export function reducedSize({ width, height }: Size): Size {
  return { width: Math.min(width, LIMITS.hashSide), height: Math.min(height, LIMITS.hashSide) };
}

/**
 * The size to ask a decoder for: the least of the eighths that JPEG decoders scale to at little cost. Undefined for a
 * small picture: its pixels are taken as they are, so that its hash is exact.
 */
export function decodeSize({ width, height }: Size): Size | undefined {
  if (Math.max(width, height) <= LIMITS.hashSide) return undefined;
  const share = [1, 2, 3, 4, 5, 6, 7, 8]
    .map((eighths) => eighths / 8)
    .find((part) => [width, height].every((side) => side * part >= Math.min(side, LEAST_SIDE)));
  return { width: Math.ceil(width * (share ?? 1)), height: Math.ceil(height * (share ?? 1)) };
}

/** The stored size as the decoded picture lies: where the engine has turned it already, its sides have changed places. */
export function fullSize(decoded: Size, stored: Size): Size {
  const lies = ({ width, height }: Size): number => Math.sign(width - height);
  return lies(decoded) === -lies(stored) ? { width: stored.height, height: stored.width } : stored;
}
