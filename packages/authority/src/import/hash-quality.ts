/**
 * Which hashes may stand on a list at all. A bad row matches what it should not, on every device: so it is refused here.
 * Spec: Meta, "PDQ hashing", 2017 (quality); the rest from faults that lists in the field had, such as all-zero rows.
 */

/** PDQ quality, 0 to 100, below which a picture has too few features to be told from others. */
export const MIN_QUALITY = 50;

/**
 * A PDQ bit says that a coefficient is above the median, so about 128 of 256 are set; many fewer mean that most
 * coefficients are equal, as in flat pictures.
 */
const [MIN_BITS, MAX_BITS] = [64, 192];
/** Of 32 bytes. Random ones have about 30 different values; a pattern that repeats has few. */
const MIN_DIFFERENT_BYTES = 8;

/** Why a PDQ hash may not be listed, or `undefined`. */
export function unfitHash(hash: Uint8Array): string | undefined {
  const bits = hash.reduce((sum, byte) => sum + bitsOf(byte), 0);
  if (bits === 0) return 'the hash is all zeros';
  if (bits < MIN_BITS || bits > MAX_BITS) {
    return `the hash has ${bits} of 256 bits set, as flat pictures have; ${MIN_BITS} to ${MAX_BITS} are needed`;
  }
  const different = new Set(hash).size;
  if (different < MIN_DIFFERENT_BYTES) {
    return `the hash repeats itself: ${different} different bytes, ${MIN_DIFFERENT_BYTES} are needed`;
  }
  return undefined;
}

export function unfitQuality(quality: number): string | undefined {
  return quality < MIN_QUALITY
    ? `quality ${quality}: a picture with so few features matches others; ${MIN_QUALITY} is needed`
    : undefined;
}

function bitsOf(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) bits++;
  return bits;
}
