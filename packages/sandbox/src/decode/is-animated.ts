/**
 * Whether a picture may have further frames, from its structure alone, so that a still costs no second decoder. If the structure
 * is damaged the answer is yes, and the engine's decoder counts the frames. Flow: scan → here → animation.
 * Spec: docs/design/hashing.md#animations
 */
import { ascii, uint32BigEndian, uint8 } from './byte-reader.ts';
import type { StillType } from './sniff.ts';

/** Never throws. */
export function isAnimated(bytes: Uint8Array, type: StillType): boolean {
  switch (type) {
    case 'image/gif':
      return isAnimatedGif(bytes);
    case 'image/png':
      return isAnimatedPng(bytes);
    case 'image/webp':
      return isAnimatedWebp(bytes);
    case 'image/avif':
      return isAvifSequence(bytes);
    case 'image/jpeg':
    case 'image/bmp':
    case 'image/x-icon':
      return false;
  }
}

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;

/** GIF 89a §17 to §27: a second image descriptor, or a block that is unknown. */
function isAnimatedGif(bytes: Uint8Array): boolean {
  const pastTable = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let images = 0;
  let at = 13 + pastTable(uint8(bytes, 10));
  while (at < bytes.length && images < 2) {
    const block = uint8(bytes, at);
    if (block === TRAILER) return false;
    if (block === IMAGE) {
      images += 1;
      at += 11 + pastTable(uint8(bytes, at + 9));
    } else if (block === EXTENSION) at += 2;
    else return true;
    while (uint8(bytes, at) > 0) at += 1 + uint8(bytes, at);
    at += 1;
  }
  return images > 1; // behind the end of the file there is no further image
}

/** PNG third edition §11.3.6: `acTL` stands before the first `IDAT`. */
function isAnimatedPng(bytes: Uint8Array): boolean {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + uint32BigEndian(bytes, at)) {
    const chunk = ascii(bytes, at + 4, at + 8);
    if (chunk === 'acTL') return true;
    if (chunk === 'IDAT') return false;
  }
  return true;
}

/** RFC 9649 §2.7: the animation flag of `VP8X`. Without it, no decoder reads `ANMF` chunks. */
function isAnimatedWebp(bytes: Uint8Array): boolean {
  return ascii(bytes, 12, 16) === 'VP8X' && (uint8(bytes, 20) & 0x02) !== 0;
}

/** ISO 23008-12 §7.3: the brand `avis`, or a track. */
function isAvifSequence(bytes: Uint8Array): boolean {
  const brands = ascii(bytes, 8, Math.min(uint32BigEndian(bytes, 0), 4096));
  if (brands.includes('avis')) return true;
  for (let at = 0; at + 8 <= bytes.length;) {
    if (ascii(bytes, at + 4, at + 8) === 'moov') return true;
    const length = uint32BigEndian(bytes, at);
    if (length < 8) return length !== 0; // 0: to the end; 1: 64 bits long, so the engine's decoder is asked
    at += length;
  }
  return false;
}
