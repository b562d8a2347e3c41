/**
 * How likely an edit has flipped each bit of a hash: a bit is unreliable if its DCT coefficient is near the median.
 * Spec: docs/detection/locked-lists.md#tries
 */

/** Distance from the median as a share of the median distance → −ln of the odds of a flip. Fitted to 22 edits of photographs. */
const FITTED: readonly (readonly [share: number, cost: number])[] = [
  [0, 0.5],
  [0.12, 2],
  [0.65, 4.4],
  [1.2, 6],
  [4, 7.5],
];

/**
 * The cost of flipping each bit of a hash.
 * @param margins of each bit, in PDQ's order: its coefficient minus the median of all
 */
export function flipCosts(margins: Float32Array): Float32Array {
  const sorted = margins.map(Math.abs).sort();
  const median = sorted[sorted.length >> 1] || 1;
  return margins.map((margin) => costAt(Math.abs(margin) / median));
}

function costAt(share: number): number {
  for (let i = 1; i < FITTED.length; i++) {
    const [[x0, y0], [x1, y1]] = [FITTED[i - 1], FITTED[i]] as [[number, number], [number, number]];
    if (share <= x1) return y0 + ((share - x0) / (x1 - x0)) * (y1 - y0);
  }
  return (FITTED.at(-1) as [number, number])[1];
}
