/**
 * The Hamming index finds all rows within a distance of a hash, exactly, for distances 0 to 63. `linear` compares with every
 * row; `indexed` looks up the rows that can be near. Rows are copied once into the index's own WebAssembly memory and can
 * arrive in pieces. Spec: docs/design/hashing.md#index
 */
import { type Bytes, checkBytes, checkHash } from './bytes.ts';
import { PdqError } from './error.ts';
import { type Kernel, growing, newKernel, viewOf } from './kernel.ts';
import { indexedLayout } from './indexed.ts';
import { linearLayout } from './linear.ts';

/** `auto` chooses by the number of rows. */
export type IndexKind = 'linear' | 'indexed' | 'auto';

export interface Match {
  /** The row's place in the bytes that filled the index, from 0. */
  readonly row: number;
  readonly distance: number;
}

export interface Index {
  readonly kind: Exclude<IndexKind, 'auto'>;
  readonly rowCount: number;
  /** The memory of the index in bytes. */
  readonly memoryBytes: number;
  /** Appends bytes of the rows, in pieces of any length. */
  fill(bytes: Bytes): void;
  /**
   * Builds for some milliseconds after all rows were added, and returns true when the index is complete. Use it in a worker
   * that must stay responsive; otherwise the first query completes the index.
   */
  buildSlice(): boolean;
  /** Every row within `maxDistance` (0 to 63), sorted by distance, then by row. */
  query(hash: Uint8Array, maxDistance: number): Match[];
  /** Queries several hashes in one pass over memory. */
  queryBatch(hashes: readonly Uint8Array[], maxDistance: number): Match[][];
  /** Disables rows: no query finds them until `restore`. */
  suppress(rows: Iterable<number>): void;
  restore(rows: Iterable<number>): void;
}

export interface IndexOptions {
  /** Default `auto`. */
  readonly kind?: IndexKind;
}

/** Up to this number of rows `auto` chooses `linear`: 0.5 ms per query, and less than half the memory. */
const maxLinearRows = 1_048_576;
const maxRows = 33_554_432;
const rowBytes = 32;
/** `assembly/answers.ts` */
const maxQueries = 64;
const rowsInBytes = 2_048 * rowBytes;

export function createIndex(module: WebAssembly.Module, rowCount: number, kind: IndexKind): Index {
  if (!Number.isInteger(rowCount) || rowCount < 0 || rowCount > maxRows) {
    throw new PdqError('ERR_PDQ_SIZE', `rowCount must be a whole number from 0 to ${maxRows}, not ${rowCount}`);
  }
  const chosen = chooseKind(kind, rowCount);
  const kernel = growing(() => newKernel(module));
  const layout = growing(() => layouts[chosen](kernel, rowCount));
  let filledBytes = 0;

  /** Rows are staged in the kernel's memory and laid out after 2,048 of them, or after the last one. */
  function fill(bytes: Bytes): void {
    checkBytes(bytes, 'rows');
    if (bytes.length > rowCount * rowBytes - filledBytes) {
      throw new PdqError('ERR_PDQ_LENGTH', `rows has more than the ${rowCount} rows of 32 bytes given as rowCount`);
    }
    const waiting = viewOf(kernel, kernel.rowsIn(), rowsInBytes);
    for (let start = 0; start < bytes.length;) {
      const offset = filledBytes % rowsInBytes;
      const piece = bytes.subarray(start, start + rowsInBytes - offset);
      waiting.set(piece, offset);
      start += piece.length;
      filledBytes += piece.length;
      const end = offset + piece.length;
      if (end === rowsInBytes || filledBytes === rowCount * rowBytes) {
        layout.lay((filledBytes - end) / rowBytes, end / rowBytes);
      }
    }
  }

  function buildSlice(): boolean {
    if (filledBytes < rowCount * rowBytes) {
      throw new PdqError(
        'ERR_PDQ_STATE',
        `only ${Math.floor(filledBytes / rowBytes)} of ${rowCount} rows were added; fill the index before a query`,
      );
    }
    return layout.buildSlice();
  }

  function queryBatch(hashes: readonly Uint8Array[], maxDistance: number): Match[][] {
    for (const hash of hashes) checkHash(hash, 'query');
    if (!Number.isInteger(maxDistance) || maxDistance < 0 || maxDistance > 63) {
      throw new PdqError('ERR_PDQ_OPTION', `maxDistance must be a whole number from 0 to 63, not ${maxDistance}`);
    }
    while (!buildSlice());
    const answers: Match[][] = [];
    for (let first = 0; first < hashes.length; first += maxQueries) {
      answers.push(...search(hashes.slice(first, first + maxQueries), maxDistance));
    }
    return answers;
  }

  function search(hashes: readonly Uint8Array[], maxDistance: number): Match[][] {
    const queries = viewOf(kernel, kernel.queries(), hashes.length * rowBytes);
    for (const [i, hash] of hashes.entries()) queries.set(hash, i * rowBytes);
    const found = hashes.map((): Match[][] => []);
    layout.search(hashes.length, maxDistance, (query) => readAnswers(kernel, found[query] as Match[][]));
    return found.map(inOrder);
  }

  function switchRows(rows: Iterable<number>, isOff: boolean): void {
    const bits = viewOf(kernel, kernel.suppressed(), Math.ceil(rowCount / 8));
    for (const row of rows) {
      if (!Number.isInteger(row) || row < 0 || row >= rowCount) {
        throw new PdqError('ERR_PDQ_SIZE', `row ${row} does not exist; the index has ${rowCount} rows`);
      }
      const [byte, bit] = [row >> 3, 1 << (row & 7)];
      bits[byte] = isOff ? (bits[byte] as number) | bit : (bits[byte] as number) & ~bit;
    }
  }

  return {
    kind: chosen,
    rowCount,
    memoryBytes: kernel.memory.buffer.byteLength,
    fill,
    buildSlice,
    query: (hash, maxDistance) => queryBatch([hash], maxDistance)[0] as Match[],
    queryBatch,
    suppress: (rows) => switchRows(rows, true),
    restore: (rows) => switchRows(rows, false),
  };
}

export function rowCountOf(rows: Uint8Array): number {
  checkBytes(rows, 'rows');
  if (rows.length % rowBytes !== 0) {
    throw new PdqError('ERR_PDQ_LENGTH', `rows must have a multiple of 32 bytes, not ${rows.length}`);
  }
  return rows.length / rowBytes;
}

const layouts = { linear: linearLayout, indexed: indexedLayout };

function chooseKind(kind: IndexKind, rowCount: number): Index['kind'] {
  switch (kind) {
    case 'linear':
    case 'indexed':
      return kind;
    case 'auto':
      return rowCount > maxLinearRows ? 'indexed' : 'linear';
    default:
      throw new PdqError('ERR_PDQ_OPTION', `kind must be linear, indexed or auto, not ${String(kind)}`);
  }
}

/** Sorts results by distance. Each result is two numbers: row and distance. */
function readAnswers(kernel: Kernel, byDistance: Match[][]): void {
  const numbers = new Uint32Array(kernel.memory.buffer, kernel.answers(), kernel.answerCount() * 2);
  for (let i = 0; i < numbers.length; i += 2) {
    const match = { row: numbers[i] as number, distance: numbers[i + 1] as number };
    (byDistance[match.distance] ??= []).push(match);
  }
}

function inOrder(byDistance: readonly Match[][]): Match[] {
  return byDistance.flatMap((matches) => matches.sort((a, b) => a.row - b.row));
}
