/** What the guesses for single rows say about a list as a whole. Pure. Spec: docs/detection/locked-scoring.md#score */
import { LodestoneError } from '@lodestone/protocol/error';

export interface Strength {
  readonly entries: number;
  /**
   * Estimated log2 of the guesses that open the first of the entries: an attacker with these tables tries the likeliest bits first, and comes to the
   * weakest entry first. A guess is one fast hash, and one look-up for all entries together. It is no bound: a better model needs fewer.
   */
  readonly first: number;
  /** Estimated log2 of the guesses that open half of the entries. */
  readonly half: number;
}

/**
 * @param log2Guesses for each entry: the least over the subsets that it uses, because any of them opens it
 * @throws {LodestoneError} `ERR_SIZE` without an entry
 * @example
 * strengthOf(rows.map(({ row, slots }) => Math.min(...slots.map((j) => log2GuessesFor(row, j, 96)))));
 */
export function strengthOf(log2Guesses: readonly number[]): Strength {
  const sorted = Float64Array.from(log2Guesses).sort();
  const [first, half] = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)]];
  if (first === undefined || half === undefined)
    throw new LodestoneError('ERR_SIZE', 'the strength of a list needs an entry at least');
  return { entries: sorted.length, first, half };
}
