/** PDQ of reduced pixels, in the orientations that the lists need. Flow: scan, inside → here → match. Spec: docs/design/hashing.md#pdq */
import { orientations, type Pdq } from '@lodestone/pdq';
import type { Pixels } from '../decode/pixels.ts';
import { type ListLookup, needsOrientations, type PictureHashes } from './match.ts';

export function hashPicture(pdq: Pdq, pixels: Pixels, lookups: readonly ListLookup[]): PictureHashes {
  const { hash: own, quality } = pdq.hash(pixels);
  if (!needsOrientations(lookups)) return { quality, own, others: [] };
  const { hashes } = pdq.hashOrientations(pixels);
  return { quality, own, others: orientations.filter((name) => name !== 'original').map((name) => hashes[name]) };
}
