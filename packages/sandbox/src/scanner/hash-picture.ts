/**
 * PDQ of a still's pixels, in the orientations and the variants that the lists need. Flow: scan, inside → here → match.
 * Spec: docs/design/hashing.md#variants
 */
import { hashVariants, orientations, type Pdq, type VariantGroup, variantGroups } from '@lodestone/pdq';
import { offsetFor } from '../decode/pdq-grid.ts';
import type { Pixels, Size } from '../decode/pixels.ts';
import { isAnyLocked, type ListLookup, needs, type PictureHashes, type VariantHash } from './match.ts';

/** @param full the size before the picture was reduced */
export function hashPicture(pdq: Pdq, pixels: Pixels, full: Size, lookups: readonly ListLookup[]): PictureHashes {
  const variants = hashVariantsOf(pdq, pixels, full, lookups);
  return { ...hashAsShown(pdq, pixels, lookups), variants };
}

/** Without variants. */
export function hashAsShown(pdq: Pdq, pixels: Pixels, lookups: readonly ListLookup[]): PictureHashes {
  const options = { coefficients: isAnyLocked(lookups) };
  if (!needs('orientations', lookups)) {
    const { hash: own, ...rest } = pdq.hash(pixels, options);
    return { ...rest, own, others: [], shown: 'original', variants: [] };
  }
  const { hashes, ...rest } = pdq.hashOrientations(pixels, options);
  const others = orientations.filter((name) => name !== 'original').map((name) => hashes[name]);
  return { ...rest, own: hashes.original, others, shown: 'original', variants: [] };
}

/** Overwrites the samples in the kernel's memory, which keeps those of the last picture. @param zeros of its size */
export function wipeHasher(pdq: Pdq, zeros: Pixels, lookups: readonly ListLookup[]): void {
  hashAsShown(pdq, zeros, lookups);
}

function hashVariantsOf(pdq: Pdq, pixels: Pixels, full: Size, lookups: readonly ListLookup[]): VariantHash[] {
  const groups = variantGroups.filter((group) => needs(group, lookups));
  if (groups.length === 0) return [];
  // The reduction moved the content to where PDQ samples it; variants are sampled at the exact places.
  const moved = { x: -offsetFor(full.width, pixels.width), y: -offsetFor(full.height, pixels.height) };
  const options = { coefficients: isAnyLocked(lookups) };
  return hashVariants(pdq, pixels, groups, { full, moved }, options).map((variant) => ({
    ...variant,
    match: matchOf(variant.group),
  }));
}

/** Between borders there may be more than the picture that is left: a model sees all of it. */
function matchOf(group: VariantGroup): VariantHash['match'] {
  return group === 'borders' ? 'part' : 'near';
}
