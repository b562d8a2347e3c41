/**
 * The escrow of a locked list: what an auditor needs to write its locked rows again, byte for byte. Secret: it has every row.
 * Layout: "LESC", version u8, slots u8, two zero bytes, rows u32, zero u32; seed[32]; the locked header[80]; then for each row `PDQ[32] ‖ entry u32 ‖
 * log2 of guesses f32 ‖ subsets[L]`, PDQ in increasing order. Numbers are little-endian. Spec: docs/design/contracts.md#list-file
 */
import { LodestoneError } from './error.ts';
import { LIMITS } from './limits.ts';
import { compareRow } from './list-check.ts';
import {
  LOCKED_HEADER_BYTES,
  LOCKED_PDQ_BYTES,
  type LockedParameters,
  printLockedParameters,
  readLockedParameters,
} from './locked-rows.ts';

const MAGIC = 0x4353454c; // "LESC" read as little-endian u32
const VERSION = 2;
const SEED_BYTES = 32;
const SEED_AT = 16;
const PARAMETERS_AT = SEED_AT + SEED_BYTES;
const ROWS_AT = PARAMETERS_AT + LOCKED_HEADER_BYTES;
const GUESSES_AT = LOCKED_PDQ_BYTES + 4;
const SLOTS_AT = GUESSES_AT + 4;

export interface EscrowRow {
  readonly pdq: Uint8Array;
  readonly entry: number;
  /** Estimated log2 of the guesses that open the row, as the authority states it: the least over its subsets, as a 32-bit number. */
  readonly log2Guesses: number;
  /** Numbers of the row's subsets, in the order of its slots. */
  readonly slots: Uint8Array;
}

export interface Escrow {
  /** 32 secret bytes. */
  readonly seed: Uint8Array;
  readonly parameters: LockedParameters;
  readonly rows: readonly EscrowRow[];
}

/** @throws {LodestoneError} `ERR_LIST_FORMAT` for rows that are equal or break a bound */
export function printEscrow({ seed, parameters, rows }: Escrow): Uint8Array<ArrayBuffer> {
  const sorted = [...rows].sort((a, b) => compareRow(a.pdq, 0, b.pdq, 0, LOCKED_PDQ_BYTES));
  const rowBytes = rowBytesOf(parameters);
  const bytes = new Uint8Array(ROWS_AT + sorted.length * rowBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint32(8, sorted.length, true);
  bytes.set(seed, SEED_AT);
  view.setUint8(5, parameters.slots);
  bytes.set(printLockedParameters(parameters), PARAMETERS_AT);
  for (const [i, { pdq, entry, log2Guesses, slots }] of sorted.entries()) {
    const at = ROWS_AT + i * rowBytes;
    bytes.set(pdq, at);
    view.setUint32(at + LOCKED_PDQ_BYTES, entry, true);
    view.setFloat32(at + GUESSES_AT, log2Guesses, true);
    bytes.set(slots, at + SLOTS_AT);
  }
  parseEscrow(bytes);
  return bytes;
}

/**
 * Rows are views of `bytes`, not copies.
 * @throws {LodestoneError} `ERR_LIST_FORMAT` for a file that is not exactly of this layout
 */
export function parseEscrow(bytes: Uint8Array<ArrayBuffer>): Escrow {
  if (bytes.length < ROWS_AT) throw broken(`${bytes.length} bytes are shorter than its header of ${ROWS_AT}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC)
    throw broken('it does not begin with "LESC"; name the file that "publish --escrow" wrote');
  if (view.getUint8(4) !== VERSION) throw broken(`version ${view.getUint8(4)}; this release reads version ${VERSION}`);
  for (const at of [6, 7, 12, 13, 14, 15]) if (view.getUint8(at) !== 0) throw broken(`reserved byte ${at} is not zero`);
  const count = view.getUint32(8, true);
  if (count > LIMITS.listRows) throw broken(`${count} rows; at most ${LIMITS.listRows} are allowed`);
  const parameters = readLockedParameters({ slots: view.getUint8(5), header: bytes.subarray(PARAMETERS_AT, ROWS_AT) });
  const rowBytes = rowBytesOf(parameters);
  const length = ROWS_AT + count * rowBytes;
  if (bytes.length !== length) throw broken(`${bytes.length} bytes; its ${count} rows need ${length}`);
  const rows = Array.from({ length: count }, (_, i): EscrowRow => {
    const at = ROWS_AT + i * rowBytes;
    const pdq = bytes.subarray(at, at + LOCKED_PDQ_BYTES);
    if (i > 0 && compareRow(bytes, at - rowBytes, pdq, 0, LOCKED_PDQ_BYTES) >= 0)
      throw broken(`row ${i} is not greater than the row before`);
    const entry = view.getUint32(at + LOCKED_PDQ_BYTES, true);
    if (entry === 0) throw broken(`row ${i} has entry number 0, which is reserved`);
    const log2Guesses = view.getFloat32(at + GUESSES_AT, true);
    if (!(log2Guesses >= 0 && log2Guesses <= 8 * LOCKED_PDQ_BYTES))
      throw broken(`row ${i} opens after 2^${log2Guesses} guesses; 2^0 to 2^${8 * LOCKED_PDQ_BYTES} are possible`);
    const slots = bytes.subarray(at + SLOTS_AT, at + rowBytes);
    if (new Set(slots).size < slots.length || slots.some((subset) => subset >= parameters.subsets))
      throw broken(
        `row ${i} has the subsets ${slots.join(', ')}; ${parameters.slots} different ones below ${parameters.subsets} are required`,
      );
    return { pdq, entry, log2Guesses, slots };
  });
  return { seed: bytes.subarray(SEED_AT, PARAMETERS_AT), parameters, rows };
}

function rowBytesOf({ slots }: LockedParameters): number {
  return SLOTS_AT + slots;
}

function broken(why: string): LodestoneError<'ERR_LIST_FORMAT'> {
  return new LodestoneError('ERR_LIST_FORMAT', `escrow file: ${why}`);
}
