/**
 * Chooses the subsets by which a row is locked. Promise: no two rows of a list share a tag, because equal tags would show that one is a
 * copy of the other; a weak subset is never used. Pure. Spec: docs/detection/locked-lists.md#score
 */
import type { Locker } from '@lodestone/locked-list';
import type { UnlockedRow } from '../import/import-record.ts';
import { log2GuessesFor, minimalScore, type ScoredBits, scoreOf } from '@lodestone/locked-list/score';

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

/** @returns the slots, or why there are too few */
export function chooseSlots(
  locker: Locker,
  { pdq, ranking }: Pick<UnlockedRow, 'pdq' | 'ranking'>,
  { bits, slots: needed, isUsed }: { bits: ScoredBits; slots: number; isUsed: (tag: number) => boolean },
): ChosenSlots | string {
  const order = locker.orderOf(pdq);
  const stableFirst = (ranking ?? order).filter((one) => one < locker.subsets.length);
  const scores = new Map(stableFirst.map((subset) => [subset, scoreOf(pdq, subset, bits)]));
  const weak = [...scores.values()].filter((score) => score < minimalScore(bits));
  const guesses = (subset: number): number => log2GuessesFor(pdq, subset, bits);
  const allowed = stableFirst.filter((subset) => (scores.get(subset) ?? 0) >= minimalScore(bits));
  const strong = allowed.filter((subset) => guesses(subset) >= PREFERRED_LOG2_GUESSES);
  const found: { subset: number; tag: number }[] = [];
  let shared = 0;
  for (const subset of [...strong, ...allowed.filter((one) => !strong.includes(one))]) {
    if (found.length === needed) break;
    const tag = locker.tagOf(pdq, subset);
    if (isUsed(tag) || found.some((one) => one.tag === tag)) shared++;
    else found.push({ subset, tag });
  }
  if (found.length < needed) return whyTooFew({ found: found.length, needed, weak, shared, bits });
  found.sort((a, b) => order.indexOf(a.subset) - order.indexOf(b.subset));
  return {
    slots: found.map(({ subset }) => subset),
    tags: found.map(({ tag }) => tag),
    log2Guesses: found.map(({ subset }) => guesses(subset)),
    repicked: found.some(({ subset }) => stableFirst.indexOf(subset) >= needed),
  };
}

function whyTooFew(of: { found: number; needed: number; weak: number[]; shared: number; bits: ScoredBits }): string {
  const { found, needed, weak, shared, bits } = of;
  const causes = [
    ...(weak.length > 0
      ? [
          `${weak.length} are weak (estimated at ${Math.min(...weak).toFixed(1)} bits and more; ${minimalScore(bits)} of ${bits} are required), as those of screenshots, text and framed pictures are`,
        ]
      : []),
    ...(shared > 0 ? [`${shared} have the tag of a row that is listed`] : []),
  ];
  return `${found} of ${needed} subsets can be used: ${causes.join('; ')}. List a cut or cleaned copy of the picture. A plain list of this authority refuses it, because its row stays in the record of this list`;
}
