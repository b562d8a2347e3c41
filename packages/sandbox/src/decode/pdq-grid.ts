/**
 * Where PDQ looks on an axis, so that a reduced picture is looked at in the same places as the full one would be.
 * PDQ's box filter leans by half a pixel where its window is even, twice, and samples at whole pixels: at 512 pixels a
 * side this moves all samples by 0.3 % of the side, which costs 12 bits of the hash on average. Spec: DESIGN §6, PDQ §2.2.
 */

const SAMPLES = 64;

/** How far, as a share of the axis, PDQ's samples lie beyond the centres of 64 equal cells; the mean of all. */
export function leanOf(side: number): number {
  const window = Math.ceil(side / (2 * SAMPLES));
  const leaning = window % 2 === 0 ? 1 : 0;
  let sum = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const sample = Math.floor(((2 * i + 1) * side) / (2 * SAMPLES)) + leaning + 0.5;
    sum += sample / side - (2 * i + 1) / (2 * SAMPLES);
  }
  return sum / SAMPLES;
}

/** By how much, in pixels of the reduced axis, its content must lie off so that PDQ sees what it sees in the full one. */
export function offsetFor(full: number, reduced: number): number {
  return full === reduced ? 0 : (leanOf(full) - leanOf(reduced)) * reduced;
}
