/**
 * The hashes of a picture turned and mirrored, from its hash alone: mirroring changes the sign of each coefficient of odd frequency, and turning also
 * exchanges rows and columns. As the median is almost 0, a few bits at most differ from the hash of the turned picture. Pure.
 * Spec: docs/design/authority.md#locked-lists
 */
const SIDE = 16;

/** The eight orientations, the hash itself first. */
export function orientationsOf(hash: Uint8Array): Uint8Array[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].map((which) => oriented(hash, which));
}

/** @param which 1 mirrors the rows, 2 the columns, 4 exchanges rows and columns */
function oriented(hash: Uint8Array, which: number): Uint8Array {
  const turned = new Uint8Array(hash.length);
  for (let bit = 0; bit < SIDE * SIDE; bit++) {
    const [row, column] = [Math.floor(bit / SIDE), bit % SIDE];
    // Row 0 has frequency 1.
    const changes = Number((which & 1) > 0 && row % 2 === 0) ^ Number((which & 2) > 0 && column % 2 === 0);
    const value = (((hash[31 - (bit >> 3)] as number) >> (bit & 7)) & 1) ^ changes;
    const to = which & 4 ? SIDE * column + row : bit;
    turned[31 - (to >> 3)] = (turned[31 - (to >> 3)] as number) | (value << (to & 7));
  }
  return turned;
}
