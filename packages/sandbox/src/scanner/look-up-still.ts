/**
 * Hashes a decoded still in each way in which it may be shown or listed, and looks the hashes up. Flow: scan → here → match.
 * Promise: the hasher's memory keeps nothing of the picture. Spec: docs/design/hashing.md#matching
 */
import type { Pdq } from '@lodestone/pdq';
import type { KnownFinding } from '@lodestone/protocol/verdict';
import type { Pixels } from '../decode/pixels.ts';
import type { Looks } from '../decode/still.ts';
import { hashPicture } from './hash-picture.ts';
import { type ListLookup, matchNear } from './match.ts';

/** At most one for each list and hash. */
export function lookUpStill(pdq: Pdq, { pixels, onBlack }: Looks, lookups: readonly ListLookup[]): KnownFinding[] {
  return [pixels, ...(onBlack ? [onBlack] : [])].flatMap((look) => lookUp(pdq, look, lookups));
}

function lookUp(pdq: Pdq, pixels: Pixels, lookups: readonly ListLookup[]): KnownFinding[] {
  const hashes = hashPicture(pdq, pixels, lookups);
  // Overwrites the samples in the kernel's memory, which keeps those of the last picture.
  hashPicture(pdq, { ...pixels, data: new Uint8ClampedArray(pixels.data.length) }, lookups);
  return matchNear(lookups, hashes);
}
