/**
 * What a row costs an attacker who has a model of photographs, and models of weak classes such as screens and text pages. For the authority that locks
 * rows; devices never need it. Spec: docs/detection/locked-scoring.md#score
 */
import { checkBits, type Costs, costsBy } from './cost.ts';
import { type Guesses, guessesBy } from './guesses-by-tables.ts';
import { base64, digest } from './tables.generated.ts';
import { readTables, type ScoringTables } from './tables.ts';

/** SHA-256 of the tables, in hex. It goes into the header of a locked file. */
export const tablesDigest: string = digest;

/** Bits of a subset that the tables have. */
export type ScoredBits = 96 | 112;

/** In bits, at 96 bits. Photographs have more; a weak class has less. */
const LEAST_AT_96 = 90.5;

interface Loaded {
  readonly tables: ScoringTables;
  readonly costs: Costs;
  readonly guesses: Guesses;
}
let loaded: Loaded | undefined;

function load(): Loaded {
  if (!loaded) {
    const tables = readTables(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    const costs = costsBy(tables);
    loaded = { tables, costs, guesses: guessesBy(tables, costs) };
  }
  return loaded;
}

/**
 * The least cost over all tables, -log2 of a probability in bits. To choose subsets and to refuse rows; for the number of guesses, see `log2GuessesFor`.
 * @param row a PDQ hash, 32 bytes
 * @param j number of the subset, 0 to 15
 * @param k bits of the subset
 * @throws {LodestoneError} `ERR_SCHEMA` for a row of another length, or a subset that the tables do not have
 * @example
 * const usable = order.filter((j) => scoreOf(row, j, 96) >= minimalScore(96)); // fewer than the slots of a row: refuse it
 */
export function scoreOf(row: Uint8Array, j: number, k: ScoredBits): number {
  return Math.min(...load().costs(row, j, k));
}

/**
 * A row must have at least this score at each subset that it uses: 90.5 of 96 bits, and the same share of 112.
 * @throws {LodestoneError} `ERR_SCHEMA` for other numbers of bits
 */
export function minimalScore(k: ScoredBits): number {
  checkBits(load().tables, k);
  return (LEAST_AT_96 * k) / 96;
}

/**
 * Estimated log2 of the guesses before a row's bits at a subset, by the table that comes to them first. Less than the score: see `guesses.ts`.
 * @param row a PDQ hash, 32 bytes; @param j number of the subset, 0 to 15; @param k bits of the subset
 * @throws {LodestoneError} `ERR_SCHEMA` for a row of another length, or a subset that the tables do not have
 */
export function log2GuessesFor(row: Uint8Array, j: number, k: ScoredBits): number {
  return load().guesses(row, j, k);
}
