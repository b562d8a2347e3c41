/** Hex in the form of a hash, not of a real picture: half of its bits are set. */
export function inventedHash(seed: number): string {
  let state = seed;
  return Array.from({ length: 32 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return ((state >>> 16) & 0xff).toString(16).padStart(2, '0');
  }).join('');
}
