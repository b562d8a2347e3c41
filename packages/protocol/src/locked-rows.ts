/**
 * The layout of locked PDQ rows: a device that has a near copy of a listed picture can open its row, and nothing else can be read. This
 * file has the bytes only; `@lodestone/locked-list` has what they mean. Spec: docs/detection/locked-lists.md#format
 */
import { LIMITS, LOCKED_LIMITS } from './limits.ts';
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
  /** 32 random bytes, new for each list. */
  readonly salt: Uint8Array;
  /** SHA-256 of the tables that scored the rows when they were locked. */
  readonly tablesDigest: Uint8Array;
}

/** PDQ rows that devices can match and cannot read, as a file has them. */
export interface LockedRows {
  readonly count: number;
  readonly slots: number;
  /** `readLockedParameters` reads it. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** `count` × `lockedRowBytes`, in increasing order. */
  readonly payloads: Uint8Array<ArrayBuffer>;
  readonly entries: Uint32Array;
}

/**
 * A row: `id[4] ‖ locked PDQ[32] ‖ tag[4]`, then for each further slot `tag[4] ‖ wrapped key[16]`.
 * @returns its length
 */
export function lockedRowBytes(slots: number): number {
  return ID_BYTES + LOCKED_PDQ_BYTES + TAG_BYTES + (slots - 1) * (TAG_BYTES + WRAPPED_KEY_BYTES);
}

/** The tags of a row, in the order of its slots. */
export function tagsOf(row: Uint8Array, slots: number): number[] {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  const first = ID_BYTES + LOCKED_PDQ_BYTES;
  return Array.from({ length: slots }, (_, i) =>
    view.getUint32(first + (i && TAG_BYTES + (i - 1) * (TAG_BYTES + WRAPPED_KEY_BYTES)), true),
  );
}

/**
 * The header: `bits u8 ‖ subsets u8 ‖ 0[2] ‖ tries u32 ‖ memory u32 ‖ 0[4] ‖ salt[32] ‖ tables digest[32]`, little-endian.
 * @throws {LodestoneError} `ERR_LIST_FORMAT` for parameters out of their bounds, which would make a check slow or the rows weak
 */
export function readLockedParameters({ header, slots }: Pick<LockedRows, 'header' | 'slots'>): LockedParameters {
  between('bytes of a locked header', header.length, LOCKED_HEADER_BYTES, LOCKED_HEADER_BYTES);
  for (const reserved of [2, 3, 12, 13, 14, 15])
    if (header[reserved] !== 0) throw listFormatError(`reserved byte ${reserved} of the locked header is not zero`);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const parameters: LockedParameters = {
    bits: view.getUint8(0),
    subsets: view.getUint8(1),
    slots,
    tries: view.getUint32(4, true),
    memoryKiB: view.getUint32(8, true),
    salt: header.slice(SALT_AT, DIGEST_AT),
    tablesDigest: header.slice(DIGEST_AT),
  };
  checkLockedParameters(parameters);
  return parameters;
}

/** @throws {LodestoneError} `ERR_LIST_FORMAT` for parameters out of their bounds */
export function printLockedParameters(parameters: LockedParameters): Uint8Array<ArrayBuffer> {
  checkLockedParameters(parameters);
  const { bits, subsets, tries, memoryKiB, salt, tablesDigest } = parameters;
  const header = new Uint8Array(LOCKED_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set([bits, subsets]);
  view.setUint32(4, tries, true);
  view.setUint32(8, memoryKiB, true);
  header.set(salt, SALT_AT);
  header.set(tablesDigest, DIGEST_AT);
  return header;
}

const SALT_AT = 16;
const DIGEST_AT = SALT_AT + SALT_BYTES;

function checkLockedParameters({ bits, subsets, slots, tries, memoryKiB, salt, tablesDigest }: LockedParameters): void {
  if (!LOCKED_LIMITS.bits.some((allowed) => allowed === bits))
    throw listFormatError(`subsets of ${bits} bits; ${LOCKED_LIMITS.bits.join(' or ')} are allowed`);
  between('subsets', subsets, 1, LOCKED_LIMITS.subsets);
  between('slots of a row', slots, 1, Math.min(subsets, LIMITS.lockedSlots));
  between('tries', tries, 1, LOCKED_LIMITS.tries);
  between('KiB of memory', memoryKiB, LOCKED_LIMITS.leastMemoryKiB, LOCKED_LIMITS.memoryKiB);
  between('bytes of salt', salt.length, SALT_BYTES, SALT_BYTES);
  between('bytes of a digest of tables', tablesDigest.length, TABLES_DIGEST_BYTES, TABLES_DIGEST_BYTES);
}

function between(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw listFormatError(`${value} ${what}; ${least} to ${most} are allowed`);
}
