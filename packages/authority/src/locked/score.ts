/** Temporary, until `@lodestone/locked-list/score` is there: each subset counts as strong as its number of bits. */
export function scoreOf(_row: Uint8Array, _subset: number, bits: number): number {
  return bits;
}
export function minimalScore(bits: number): number {
  return bits - 5.5;
}
export const tablesDigest: Uint8Array = new Uint8Array(32);
