/**
 * Where PDQ samples an axis, so that a reduced picture is sampled at the same places as the full one.
 * PDQ's box filter is off-centre by half a pixel if its window is even, twice, and samples at whole pixels. At 512 pixels a side
 * this moves all samples by 0.3 % of the side, which costs 12 bits of the hash on average. Spec: docs/design/hashing.md#reduction, PDQ §2.2
 */

const SAMPLES = 64;

const windowOf = (side: number): number => Math.ceil(side / (2 * SAMPLES));

/** The mean shift of PDQ's samples from the centres of 64 equal cells, as a fraction of the axis. */
export function sampleShift(side: number): number {
  const evenShift = windowOf(side) % 2 === 0 ? 1 : 0;
  let sum = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const sample = Math.floor(((2 * i + 1) * side) / (2 * SAMPLES)) + evenShift + 0.5;
    sum += sample / side - (2 * i + 1) / (2 * SAMPLES);
  }
  return sum / SAMPLES;
}

/**
 * How wide the average of a reduced pixel is, in pixels of the reduced axis, so that with PDQ's two box filters it spreads as much (has
 * the same variance) as these filters do in the full picture: their windows are whole pixels. @param decoded pixels of the decoder's output
 */
export function widthFor(full: number, decoded: number, reduced: number): number {
  if (full <= reduced) return 1;
  const spread = 2 * windowOf(full) ** 2 - 1;
  const ofFilters = 2 * (windowOf(reduced) ** 2 - 1);
  return Math.sqrt(Math.max(1, spread * (reduced / full) ** 2 - ofFilters - (reduced / decoded) ** 2));
}

/** By how many pixels of the reduced axis its content must be shifted so that PDQ samples what it samples in the full picture. */
export function offsetFor(full: number, reduced: number): number {
  return full === reduced ? 0 : (sampleShift(full) - sampleShift(reduced)) * reduced;
}
