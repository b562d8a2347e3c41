/** Pictures as PDQ sees them: 256 coefficients minus their median. */

/** Repeatable numbers from -1 to 1. */
export function marginsFrom(seed: number): Float32Array {
  let state = seed * 2_654_435_761 + 1;
  const next = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 31 - 1;
  };
  return Float32Array.from({ length: 256 }, () => next() * Math.abs(next()));
}

export function hashOf(margins: Float32Array): Uint8Array {
  const hash = new Uint8Array(32);
  margins.forEach((margin, bit) => {
    if (margin > 0) hash[31 - (bit >> 3)] = (hash[31 - (bit >> 3)] as number) | (1 << (bit & 7));
  });
  return hash;
}

/** An edit that flips the least reliable bits. */
export function edited(margins: Float32Array, flips: number): Float32Array {
  const weakest = [...margins.keys()].sort((a, b) => Math.abs(margins[a] as number) - Math.abs(margins[b] as number));
  const copy = margins.slice();
  for (const bit of weakest.slice(0, flips)) copy[bit] = -(copy[bit] as number);
  return copy;
}
