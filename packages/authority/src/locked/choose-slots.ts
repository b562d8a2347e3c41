/**
 * Chooses the subsets by which a row is locked. Promise: no two rows of a list share a tag, because equal tags would show that one is a
 * copy of the other; a weak subset is never used. Pure. Spec: docs/detection/locked-lists.md#subsets
 */
import type { Locker } from '@lodestone/locked-list';
import type { UnlockedRow } from '../import/import-record.ts';
import {
  log2GuessesFor,
  minimalScore,
  type ScoredBits,
  scoreOf,
  strongSubsetsNeeded,
} from '@lodestone/locked-list/score';

export interface ChosenSlots {
  /** Numbers of subsets, in the seed's order. */
  slots: number[];
  tags: number[];
  /** Estimated log2 of the guesses before each. */
  log2Guesses: number[];
  /** Whether others than the most stable subsets are used: one was weak, or its tag was in use. */
  repicked: boolean;
}

/**
 * Subsets with fewer estimated guesses are used only if there are not enough others: the weakest row decides what a list is worth. Of 305
 * photographs, the weakest has four subsets of 2^82 and more, and one of 2^62.
 */
const PREFERRED_LOG2_GUESSES = 75;

interface StrongSubset {
  subset: number;
  log2Guesses: number;
}

/** @returns the slots, or why there are too few */
export function chooseSlots(
  locker: Locker,
  { pdq, ranking }: Pick<UnlockedRow, 'pdq' | 'ranking'>,
  { bits, slots: needed, isUsed }: { bits: ScoredBits; slots: number; isUsed: (tag: number) => boolean },
): ChosenSlots | string {
  const order = locker.orderOf(pdq);
  const stableFirst = (ranking ?? order).filter((one) => one < locker.subsets.length);
  const least = minimalScore(bits);
  const scores = stableFirst.map((subset) => scoreOf(pdq, subset, bits));
  const weak = scores.filter((score) => score < least);
  const strong = stableFirst.filter((_, i) => (scores[i] ?? 0) >= least);
  if (strong.length < strongSubsetsNeeded(needed))
    return whyWeak({ strong: strong.length, needed: strongSubsetsNeeded(needed), weak, bits });
  const found: (StrongSubset & { tag: number })[] = [];
  let shared = 0;
  for (const one of preferredFirst(strong, (subset) => log2GuessesFor(pdq, subset, bits))) {
    if (found.length === needed) break;
    const tag = locker.tagOf(pdq, one.subset);
    if (isUsed(tag) || found.some((other) => other.tag === tag)) shared++;
    else found.push({ ...one, tag });
  }
  if (found.length < needed)
    return `${found.length} of ${needed} subsets can be used: ${shared} have the tag of a row that is listed. Its picture is nearly that row's, and a readable row of it would open that one`;
  found.sort((a, b) => order.indexOf(a.subset) - order.indexOf(b.subset));
  return {
    slots: found.map(({ subset }) => subset),
    tags: found.map(({ tag }) => tag),
    log2Guesses: found.map(({ log2Guesses }) => log2Guesses),
    repicked: found.some(({ subset }) => stableFirst.indexOf(subset) >= needed),
  };
}

/** The cheap ones last. Each is estimated once, and only as many as are asked for: most rows need four of them. */
function* preferredFirst(subsets: readonly number[], guessesOf: (subset: number) => number): Generator<StrongSubset> {
  const cheap: StrongSubset[] = [];
  for (const subset of subsets) {
    const one = { subset, log2Guesses: guessesOf(subset) };
    if (one.log2Guesses >= PREFERRED_LOG2_GUESSES) yield one;
    else cheap.push(one);
  }
  yield* cheap;
}

function whyWeak(of: { strong: number; needed: number; weak: readonly number[]; bits: ScoredBits }): string {
  const { strong, needed, weak, bits } = of;
  return `it can be guessed too easily: ${strong} of its subsets are strong enough, and ${needed} must be. ${weak.length} are weak (estimated at ${Math.min(...weak).toFixed(1)} bits and more; ${minimalScore(bits)} of ${bits} are required), as those of screenshots, text and framed pictures are. List a cut or cleaned copy of the picture or, if this list has no other row of the entry, import it into a plain list`;
}
