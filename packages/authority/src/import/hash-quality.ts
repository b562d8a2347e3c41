/**
 * Decides which hashes a list may contain. A poor hash matches unrelated pictures on every device, so import refuses it.
 * Spec: docs/design/authority.md#import; quality as in Meta, "PDQ hashing", 2017. The other rules exclude errors found in
 * lists in use, such as rows of zeros.
 */

/** PDQ quality (0 to 100) below which a picture has too few features to be distinguished from others. */
export const MIN_QUALITY = 50;

/**
 * A PDQ bit is set if a coefficient is above the median, so about 128 of 256 bits are set. Far fewer mean that most
 * coefficients are equal, as in plain pictures.
 */
const [MIN_BITS, MAX_BITS] = [64, 192];
/** Of 32 bytes. Random bytes have about 30 distinct values; a repeating pattern has few. */
const MIN_DISTINCT_BYTES = 8;

/** Why a PDQ hash cannot be listed, or undefined. */
export function hashProblem(hash: Uint8Array): string | undefined {
  const bits = hash.reduce((sum, byte) => sum + countBits(byte), 0);
  if (bits === 0) return 'the hash is all zeros';
  if (bits < MIN_BITS || bits > MAX_BITS) {
    return `the hash has ${bits} of 256 bits set, which is typical of plain pictures; the range is ${MIN_BITS} to ${MAX_BITS}`;
  }
  const distinct = new Set(hash).size;
  if (distinct < MIN_DISTINCT_BYTES) {
    return `the hash repeats itself: it has ${distinct} distinct bytes, at least ${MIN_DISTINCT_BYTES} are required`;
  }
  return undefined;
}

/** Why a picture of this PDQ quality cannot be listed, or undefined. */
export function qualityProblem(quality: number): string | undefined {
  return quality < MIN_QUALITY
    ? `the quality is ${quality}: the picture has too few features and would match others; at least ${MIN_QUALITY} is required`
    : undefined;
}

function countBits(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) bits++;
  return bits;
}
