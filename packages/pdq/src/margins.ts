/**
 * How far each bit of a hash is from the other value: its DCT coefficient minus the median. Edits flip bits with small margins first.
 * Spec: docs/design/hashing.md#margins
 */
import { PdqError } from './error.ts';
import type { Orientation } from './hash.ts';

const SIDE = 16;

/** Where an orientation keeps the sign of the coefficient at row i and column j, and whether it exchanges rows and columns. */
const ORIENTED: Readonly<Record<Orientation, { transposed: boolean; keeps: (i: number, j: number) => boolean }>> = {
  original: { transposed: false, keeps: () => true },
  rotate90: { transposed: true, keeps: (_, j) => isOdd(j) },
  rotate180: { transposed: false, keeps: (i, j) => !isOdd(i + j) },
  rotate270: { transposed: true, keeps: (i) => isOdd(i) },
  flipX: { transposed: false, keeps: (i) => isOdd(i) },
  flipY: { transposed: false, keeps: (_, j) => isOdd(j) },
  flipPlus1: { transposed: true, keeps: () => true },
  flipMinus1: { transposed: true, keeps: (i, j) => !isOdd(i + j) },
};

/**
 * The margin of each bit of a hash, 256 numbers: the bit is 1 exactly if its margin is above 0. Bit n is bit n % 8 of byte 31 − ⌊n / 8⌋ of the hash.
 * @param coefficients of `hash` or `hashOrientations`
 * @param orientation of `hashOrientations`. The kernel hashes a picture of 64×64 pixels without a blur, but blurs it for the orientations
 * @example const { hash, coefficients } = pdq.hash(picture);
 * const leastReliable = marginsOf(coefficients).reduce((least, margin) => Math.min(least, Math.abs(margin)), Infinity);
 * @throws {PdqError} `ERR_PDQ_LENGTH`, `ERR_PDQ_OPTION`
 */
export function marginsOf(
  coefficients: Float32Array,
  orientation: Orientation = 'original',
): Float32Array<ArrayBuffer> {
  if (coefficients.length !== SIDE * SIDE)
    throw new PdqError('ERR_PDQ_LENGTH', `coefficients must have 256 numbers, not ${coefficients.length}`);
  if (!Object.hasOwn(ORIENTED, orientation))
    throw new PdqError('ERR_PDQ_OPTION', `${orientation} is not an orientation`);
  const { transposed, keeps } = ORIENTED[orientation];
  const margins = new Float32Array(SIDE * SIDE);
  for (let i = 0; i < SIDE; i++)
    for (let j = 0; j < SIDE; j++) {
      const coefficient = coefficients[SIDE * i + j] as number;
      margins[transposed ? SIDE * j + i : SIDE * i + j] = keeps(i, j) ? coefficient : -coefficient;
    }
  // The 128th smallest: of an even number of values, PDQ's median is the lower one.
  const median = margins.toSorted()[margins.length / 2 - 1] as number;
  for (let bit = 0; bit < margins.length; bit++) margins[bit] = (margins[bit] as number) - median;
  return margins;
}

function isOdd(n: number): boolean {
  return (n & 1) === 1;
}
