/**
 * The layout of locked PDQ rows: a device that has a near copy of a listed picture can open its row, and nothing else can be read. This
 * file has the bytes only; `@lodestone/locked-list` has what they mean. Spec: docs/detection/locked-lists.md#format
 */
import { LIMITS } from './limits.ts';
import { listFormatError } from './list-format-error.ts';

/** Follows the header of a locked list file. */
export const LOCKED_HEADER_BYTES = 80;
export const SALT_BYTES = 32;
export const TABLES_DIGEST_BYTES = 32;
export const ID_BYTES = 4;
export const LOCKED_PDQ_BYTES = 32;
export const TAG_BYTES = 4;
export const WRAPPED_KEY_BYTES = 16;

/** How the rows of a locked list are locked. */
export interface LockedParameters {
  /** Bits of a subset. */
  readonly bits: number;
  /** Subsets that devices try; each row uses some of them. */
  readonly subsets: number;
  /** Subsets that a row uses: any of them opens it. */
  readonly slots: number;
  /** Tries that a device makes for one hash. */
  readonly tries: number;
  /** Memory of Argon2id, which a device runs for each tag that it hits. */
  readonly memoryKiB: number;
  /** 32 random bytes, new for each provider. */
  readonly salt: Uint8Array;
  /** SHA-256 of the tables that scored the rows when they were locked. */
  readonly tablesDigest: Uint8Array;
}

/**
 * A row: `id[4] ‖ locked PDQ[32] ‖ tag[4]`, then for each further slot `tag[4] ‖ wrapped key[16]`.
 * @returns its length
 */
export function lockedRowBytes({ slots }: Pick<LockedParameters, 'slots'>): number {
  return ID_BYTES + LOCKED_PDQ_BYTES + TAG_BYTES + (slots - 1) * (TAG_BYTES + WRAPPED_KEY_BYTES);
}

/** @throws {LodestoneError} `ERR_LIST_FORMAT` for parameters out of their bounds, which would make a check slow or the rows weak */
export function readLockedParameters(view: DataView, at: number): LockedParameters {
  if (view.byteLength < at + LOCKED_HEADER_BYTES) throw listFormatError('shorter than the header of a locked list');
  for (const reserved of [3, 12, 13, 14, 15])
    if (view.getUint8(at + reserved) !== 0)
      throw listFormatError(`reserved byte ${reserved} of the locked header is not zero`);
  const bytes = (from: number, length: number): Uint8Array =>
    new Uint8Array(view.buffer, view.byteOffset + at + from, length).slice();
  const parameters: LockedParameters = {
    bits: view.getUint8(at),
    subsets: view.getUint8(at + 1),
    slots: view.getUint8(at + 2),
    tries: view.getUint32(at + 4, true),
    memoryKiB: view.getUint32(at + 8, true),
    salt: bytes(16, SALT_BYTES),
    tablesDigest: bytes(16 + SALT_BYTES, TABLES_DIGEST_BYTES),
  };
  checkLockedParameters(parameters);
  return parameters;
}

export function writeLockedParameters(view: DataView, at: number, parameters: LockedParameters): void {
  checkLockedParameters(parameters);
  const { bits, subsets, slots, tries, memoryKiB, salt, tablesDigest } = parameters;
  [bits, subsets, slots].forEach((value, i) => view.setUint8(at + i, value));
  view.setUint32(at + 4, tries, true);
  view.setUint32(at + 8, memoryKiB, true);
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, LOCKED_HEADER_BYTES);
  bytes.set(salt, 16);
  bytes.set(tablesDigest, 16 + SALT_BYTES);
}

/** Argon2's least memory with one lane. */
const LEAST_MEMORY_KIB = 8;

function checkLockedParameters({ bits, subsets, slots, tries, memoryKiB, salt, tablesDigest }: LockedParameters): void {
  if (bits !== LIMITS.lockedBits && bits !== LIMITS.lockedMostBits)
    throw listFormatError(`subsets of ${bits} bits; ${LIMITS.lockedBits} or ${LIMITS.lockedMostBits} are allowed`);
  const between = (what: string, value: number, least: number, most: number): void => {
    if (!Number.isInteger(value) || value < least || value > most)
      throw listFormatError(`${value} ${what}; ${least} to ${most} are allowed`);
  };
  between('subsets', subsets, 1, LIMITS.lockedSubsets);
  between('slots of a row', slots, 1, Math.min(subsets, LIMITS.lockedSlots));
  between('tries', tries, 1, LIMITS.lockedTries);
  between('KiB of memory', memoryKiB, LEAST_MEMORY_KIB, LIMITS.lockedMemoryKiB);
  between('bytes of salt', salt.length, SALT_BYTES, SALT_BYTES);
  between('bytes of a digest of tables', tablesDigest.length, TABLES_DIGEST_BYTES, TABLES_DIGEST_BYTES);
}
