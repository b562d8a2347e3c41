/**
 * The parameters of a locked list, chosen once, when it is first published: under one salt nothing of them changes. Pure.
 * Spec: docs/design/authority.md#locked-lists
 */
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';
import type { LockedParameters } from '@lodestone/protocol/locked-rows';

/** Above this number of rows a row has two slots: four would make the file too large for phones. */
const MOST_ROWS_OF_FOUR = 300_000;
/** Measured on 245 photographs, recall of re-encodings and resizes: .970 with four slots, .979 with two. */
const TRIES = { 4: 4_096, 2: 32_768 } as const;

/**
 * Of a list with rows that came as hashes. Devices spread their tries over all subsets, and such a row uses any of them, so each further one
 * costs tries. Of 306 photographs, 5 % of all subsets are weak: with as many subsets as slots, 19 % of the rows would be refused; with 8, none.
 */
const SUBSETS_OF_HASHES = 8;

/** Time that the slow hashes of a picture may take on a device in µs, if no row is near it. */
const SLOW_US = 25_000;
/** Argon2id, measured. */
const US_PER_KIB = 1.9;
const LEAST_MEMORY_KIB = 256;

export interface ListToLock {
  /** PDQ rows at the first publication. */
  rows: number;
  /** Whether each row came from a picture, so that it is known which subsets are stable. */
  ranked: boolean;
}

export function parametersFor(
  { rows, ranked }: ListToLock,
  { salt, tablesDigest }: Pick<LockedParameters, 'salt' | 'tablesDigest'>,
): LockedParameters {
  const slots = rows > MOST_ROWS_OF_FOUR ? 2 : 4;
  const tries = TRIES[slots];
  return {
    bits: LOCKED_LIMITS.bits[0],
    subsets: ranked ? LOCKED_LIMITS.subsets : SUBSETS_OF_HASHES,
    slots,
    tries,
    memoryKiB: memoryFor(tagHits(rows, { slots, tries })),
    salt,
    tablesDigest,
  };
}

/** Tags that a picture hits by chance: tries × rows × slots / 2³². */
function tagHits(rows: number, { slots, tries }: Pick<LockedParameters, 'slots' | 'tries'>): number {
  return (tries * rows * slots) / 2 ** 32;
}

function memoryFor(hits: number): number {
  const memory = Math.floor(SLOW_US / (hits * US_PER_KIB));
  return Math.max(LEAST_MEMORY_KIB, Math.min(LOCKED_LIMITS.memoryKiB, memory));
}

/** How long the slow hashes of a picture take that is near to no row, in ms: too long means that the list has outgrown its parameters. */
export function slowMilliseconds(rows: number, parameters: LockedParameters): number {
  return (tagHits(rows, parameters) * parameters.memoryKiB * US_PER_KIB) / 1_000;
}
