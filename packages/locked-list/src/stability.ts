/** Which subsets an edit of a picture changes least: a row that is locked by them opens after few tries. Spec: docs/detection/locked-lists.md#format */
import type { Subset } from './subsets.ts';

/** −ln of the chance that no bit of the subset is flipped. */
function costOfSubset(subset: Subset, costs: Float32Array): number {
  let cost = 0;
  for (const bit of subset) cost += Math.log1p(Math.exp(-(costs[bit] as number)));
  return cost;
}

/**
 * The numbers of the subsets, the most stable first.
 * @param costs `flipCosts` of the picture
 */
export function rankSubsets(subsets: readonly Subset[], costs: Float32Array): number[] {
  const sums = subsets.map((subset) => costOfSubset(subset, costs));
  return subsets.map((_, j) => j).sort((a, b) => (sums[a] as number) - (sums[b] as number) || a - b);
}
