/**
 * Whether a row is too weak for a locked list. One rule for import, publication and audit. Flow: score → here.
 * Spec: docs/detection/locked-scoring.md#which-rows-are-refused
 */
import { minimalScore, type ScoredBits, scoreOf } from './score.ts';

/**
 * Strong subsets that a row must have, also if it uses fewer. A list whose rows use two has more than 300,000 of them, so more weak ones, and a
 * lower bar for it would be the wrong way round.
 */
const LEAST_STRONG_SUBSETS = 4;

/** How many of a row's subsets must have the least score. */
export function strongSubsetsNeeded(slots: number): number {
  return Math.max(slots, LEAST_STRONG_SUBSETS);
}

/**
 * @param subsets of the list, as its header says: the row may use these only
 * @example
 * isTooWeak(row, { bits: 96, subsets: 16, slots: 4 }); // list its picture plainly, or not at all
 */
export function isTooWeak(
  row: Uint8Array,
  { bits, subsets, slots }: { readonly bits: ScoredBits; readonly subsets: number; readonly slots: number },
): boolean {
  const needed = strongSubsetsNeeded(slots);
  let strong = 0;
  for (let subset = 0; subset < subsets && strong < needed; subset++)
    if (scoreOf(row, subset, bits) >= minimalScore(bits)) strong++;
  return strong < needed;
}
