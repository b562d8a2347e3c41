/**
 * Trains the tables of one class: a mixture of independent bits, by expectation and maximization. A class such as "chats" has several kinds of screens, and
 * one mean of them all would say little.
 */
import { HASH_BITS } from '../../src/score/tables.ts';
import { CANDIDATE_BITS } from '../../src/subsets.ts';
import type { Samples } from './bits.ts';
import { seeded } from './random.ts';

const PARTS = 4;
const ROUNDS = 20;
/** No bit is surer: pictures are more varied than drawings of them. */
const SUREST = 0.98;
/**
 * A part of more entropy, in bits for 96 bits of a row, says little about its class, and many such parts fit photographs by chance: with 92, they would
 * refuse 2.6 % of photographs.
 */
const MOST_ENTROPY = 90;

/** @returns the log-odds of each bit of a hash, for each part that says something */
export function trainClass(samples: Samples, seed: number): Float64Array[] {
  const random = seeded(seed);
  const shares = Array.from({ length: PARTS }, () => new Float64Array(samples.count));
  for (let i = 0; i < samples.count; i++) (shares[random.whole(0, PARTS - 1)] as Float64Array)[i] = 1;
  let parts: Float64Array[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    parts = shares.map((share) => logOddsOf(samples, share));
    assign(samples, parts, shares);
  }
  return parts.filter((logOdds) => entropyOf(logOdds) <= MOST_ENTROPY);
}

function logOddsOf({ signs, count }: Samples, share: Float64Array): Float64Array {
  const logOdds = new Float64Array(HASH_BITS);
  const total = share.reduce((sum, value) => sum + value, 2);
  for (const bit of CANDIDATE_BITS) {
    const column = signs[bit] as Float64Array;
    let ones = 1;
    for (let i = 0; i < count; i++) if ((column[i] as number) > 0) ones += share[i] as number;
    const mean = Math.min(SUREST, Math.max(1 - SUREST, ones / total));
    logOdds[bit] = Math.log(mean / (1 - mean));
  }
  return logOdds;
}

/** Each sample's shares become the probabilities that it is of these parts. */
function assign({ signs, count }: Samples, parts: readonly Float64Array[], shares: readonly Float64Array[]): void {
  for (const [p, logOdds] of parts.entries()) {
    const share = shares[p] as Float64Array;
    const weight = share.reduce((sum, value) => sum + value, 1) / count;
    const likelihood = new Float64Array(count).fill(Math.log(weight));
    for (const bit of CANDIDATE_BITS) {
      const column = signs[bit] as Float64Array;
      const value = logOdds[bit] as number;
      const [one, zero] = [-Math.log1p(Math.exp(-value)), -Math.log1p(Math.exp(value))];
      for (let i = 0; i < count; i++)
        likelihood[i] = (likelihood[i] as number) + ((column[i] as number) > 0 ? one : zero);
    }
    share.set(likelihood);
  }
  for (let i = 0; i < count; i++) {
    const most = Math.max(...shares.map((share) => share[i] as number));
    const total = shares.reduce((sum, share) => sum + Math.exp((share[i] as number) - most), 0);
    for (const share of shares) share[i] = Math.exp((share[i] as number) - most) / total;
  }
}

function entropyOf(logOdds: Float64Array): number {
  const entropies = Array.from(CANDIDATE_BITS, (bit) => {
    const mean = 1 / (1 + Math.exp(-(logOdds[bit] as number)));
    return -(mean * Math.log2(mean) + (1 - mean) * Math.log2(1 - mean));
  });
  return (96 * entropies.reduce((sum, value) => sum + value, 0)) / entropies.length;
}
