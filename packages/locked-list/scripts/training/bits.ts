/** Many PDQ hashes as columns of signs: what the trainers read. */
import { CANDIDATE_BITS } from '../../src/subsets.ts';
import { HASH_BITS } from '../../src/score/tables.ts';

export interface Samples {
  readonly count: number;
  /** For each bit of a hash, 1 or -1 for each sample; empty for bits that no subset has. */
  readonly signs: readonly Float64Array[];
}

export function samplesOf(hashes: readonly Uint8Array[]): Samples {
  const signs = Array.from({ length: HASH_BITS }, () => new Float64Array(0));
  for (const bit of CANDIDATE_BITS)
    signs[bit] = Float64Array.from(hashes, (hash) =>
      (((hash[31 - (bit >> 3)] as number) >> (bit & 7)) & 1) === 1 ? 1 : -1,
    );
  return { count: hashes.length, signs };
}
