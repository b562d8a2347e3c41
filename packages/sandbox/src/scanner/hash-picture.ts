/** PDQ of reduced pixels, in the orientations that the lists need. Flow: scan, inside → here → match. Spec: docs/design/hashing.md#pdq */
import { orientations, type Pdq } from '@lodestone/pdq';
import type { Pixels } from '../decode/pixels.ts';
import { type ListLookup, needsOrientations, type PictureHashes } from './match.ts';

export function hashPicture(pdq: Pdq, pixels: Pixels, lookups: readonly ListLookup[]): PictureHashes {
  if (!needsOrientations(lookups)) {
    const { hash: own, quality } = pdq.hash(pixels);
    return { quality, own, others: [] };
  }
  const { hashes, quality } = pdq.hashOrientations(pixels);
  const others = orientations.filter((name) => name !== 'original').map((name) => hashes[name]);
  return { quality, own: hashes.original, others };
}
