/**
 * Estimates what it costs to open rows of a locked list without their pictures, with public models. Pure.
 * Spec: docs/detection/locked-lists.md#strength
 */

/** log2 of guesses: estimates. */
export interface Strength {
  /** Of the entry that is opened first. */
  weakest: number;
  median: number;
  /** To open any one row of the list. */
  first: number;
}

/**
 * An entry is as strong as the weakest subset of its rows. Who wants to open any row guesses one subset of J at a time, so a guess opens
 * one with the chance Σ 2^−score / J.
 * @param rows the scores of all slots of each row
 */
export function strengthOf(
  rows: readonly { readonly entry: number; readonly scores: ArrayLike<number> }[],
  subsets: number,
): Strength | undefined {
  const weakest = new Map<number, number>();
  let chance = 0;
  for (const { entry, scores } of rows) {
    for (const score of Array.from(scores)) {
      weakest.set(entry, Math.min(score, weakest.get(entry) ?? Infinity));
      chance += 2 ** -score;
    }
  }
  const entries = Float64Array.from(weakest.values()).sort();
  if (entries.length === 0) return undefined;
  return {
    weakest: entries[0] as number,
    median: entries[entries.length >> 1] as number,
    first: Math.log2(subsets) - Math.log2(chance),
  };
}
