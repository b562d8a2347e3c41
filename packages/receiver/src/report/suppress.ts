/**
 * Hides small counts, and as many others as it takes that nobody can compute a small one, not even from the total and with this rule.
 * Pure. Flow: build → here. Spec: docs/provide/report.md#small-counts
 */
import { type Count, SMALL_COUNT } from '@lodestone/protocol/transparency-report';

/**
 * @param counts parts of a total that may be known: each thing counts in one of them
 *
 * 1. Each count from 1 to `least` − 1 is hidden.
 * 2. If there is one, counts from the end are hidden, until at least one more is, and all hidden ones together are at least
 *    `least` × their number + `least` − 1. Which ones does not depend on how large they are, and when to stop depends only on a sum
 *    that a reader can compute anyway: so each small count could be any from 1 to `least` − 1.
 * 3. If that is impossible, all are hidden, also zeros.
 */
export function suppressParts(counts: readonly number[], least: number = SMALL_COUNT): Count[] {
  const hidden = new Set([...counts.keys()].filter((i) => isSmall(counts[i] ?? 0, least)));
  if (hidden.size === 0) return [...counts];
  const small = hidden.size;
  const isEnough = (): boolean => {
    const sum = [...hidden].reduce((all, i) => all + (counts[i] ?? 0), 0);
    return hidden.size > small && sum >= least * hidden.size + least - 1;
  };
  for (let i = counts.length - 1; i >= 0 && !isEnough(); i--) if ((counts[i] ?? 0) >= least) hidden.add(i);
  return isEnough() ? counts.map((count, i) => (hidden.has(i) ? null : count)) : counts.map(() => null);
}

/** @param counts of things that are no parts of one whole */
export function suppressEach(counts: readonly number[], least: number = SMALL_COUNT): Count[] {
  return counts.map((count) => (isSmall(count, least) ? null : count));
}

const isSmall = (count: number, least: number): boolean => count > 0 && count < least;
