/**
 * The parameters of a locked list, chosen once, when it is first published: under one salt nothing of them changes. Pure.
 * Spec: docs/design/authority.md#locked-lists
 */
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';
import type { LockedParameters } from '@lodestone/protocol/locked-rows';

/** Above this number of rows a row has two slots: four would make the file too large for phones. */
const MOST_ROWS_OF_FOUR = 300_000;
/** Chosen for 150 ms a picture in eight orientations on a slow device. What is reached: docs/performance.md#locked-lists */
const TRIES = { 4: 8_192, 2: 4_096 } as const;
/** Shares of the tries, of a picture in eight orientations. Spec: docs/detection/locked-lists.md#tries */
const SHARES = 8 * 0.4;

/**
 * Of a list with rows that came as hashes. Devices spread their tries over all subsets, and such a row uses any of them, so each further one
 * costs tries. Of 305 photographs, 5 % of all subsets are weak: with as many subsets as slots, 17 % of the rows would be refused; with 8, one row.
 */
const SUBSETS_OF_HASHES = 8;

/** Time that the slow hashes of a picture may take on a device in µs: those of tags that are hit by chance, and of a row that opens. */
const SLOW_US = 16_000;
const TO_OPEN_A_ROW = 2;
/** Argon2id: a laptop needs 0.9 to 1.2 µs, and 0.4 ms to start. The rest is for slower devices. */
const US_PER_KIB = 2;
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
    memoryKiB: memoryFor(slowHashes(rows, { slots, tries })),
    salt,
    tablesDigest,
  };
}

/** Slow hashes of a picture: tags that it hits by chance, and the few of a row that opens. */
function slowHashes(rows: number, { slots, tries }: Pick<LockedParameters, 'slots' | 'tries'>): number {
  return (SHARES * tries * rows * slots) / 2 ** 32 + TO_OPEN_A_ROW;
}

function memoryFor(hashes: number): number {
  const memory = Math.floor(SLOW_US / (hashes * US_PER_KIB));
  return Math.max(LEAST_MEMORY_KIB, Math.min(LOCKED_LIMITS.memoryKiB, memory));
}

/** How long the slow hashes of a picture take, in ms: too long means that the list has outgrown its parameters. */
export function slowMilliseconds(rows: number, parameters: LockedParameters): number {
  return (slowHashes(rows, parameters) * parameters.memoryKiB * US_PER_KIB) / 1_000;
}
