/**
 * The Hamming index: which rows are within a distance of a hash. Exact at every distance it takes. Two kinds:
 * `linear` compares with every row, `indexed` looks up those that can be near. Rows are copied once, into WebAssembly
 * memory of the index's own, and may come in pieces.
 */
import { type Bytes, checkBytes, checkHash } from './bytes.ts';
import { PdqError } from './error.ts';
import { type Kernel, growing, newKernel, viewOf } from './kernel.ts';
import { indexedLayout } from './indexed.ts';
import { linearLayout } from './linear.ts';

/** `auto` takes what suits the number of rows. */
export type IndexKind = 'linear' | 'indexed' | 'auto';

export interface Match {
  /** The row's place in the bytes that filled the index, from 0. */
  readonly row: number;
  readonly distance: number;
}

export interface Index {
  readonly kind: Exclude<IndexKind, 'auto'>;
  readonly rowCount: number;
  /** What the index takes, in bytes. */
  readonly memoryBytes: number;
  /** The next bytes of the rows, in pieces of any length. */
  fill(bytes: Bytes): void;
  /**
   * Does some milliseconds of what is left to build once all rows have come; true when nothing is. For a worker that
   * must stay responsive: the first query does the rest by itself.
   */
  buildSlice(): boolean;
  /** Every row within `maxDistance` (0 to 63), sorted by distance, then by row. */
  query(hash: Uint8Array, maxDistance: number): Match[];
  /** The same for several hashes at once; they share what is read from memory. */
  queryBatch(hashes: readonly Uint8Array[], maxDistance: number): Match[][];
  /** Switches rows off: no query finds them until they are restored. */
  suppress(rows: Iterable<number>): void;
  restore(rows: Iterable<number>): void;
}

export interface IndexOptions {
  /** Default `auto`. */
  readonly kind?: IndexKind;
}

/** Up to here `auto` takes the linear kind: half a millisecond a query, and less than half the memory. */
const maxLinearRows = 1_048_576;
const maxRows = 33_554_432;
const rowBytes = 32;
/** `assembly/answers.ts` */
const maxQueries = 64;
const rowsInBytes = 2_048 * rowBytes;

export function createIndex(module: WebAssembly.Module, rowCount: number, kind: IndexKind): Index {
  if (!Number.isInteger(rowCount) || rowCount < 0 || rowCount > maxRows) {
    throw new PdqError('ERR_PDQ_SIZE', `an index has 0 to ${maxRows} rows, not ${rowCount}`);
  }
  const chosen = chooseKind(kind, rowCount);
  const kernel = growing(() => newKernel(module));
  const layout = growing(() => layouts[chosen](kernel, rowCount));
  let filledBytes = 0;

  /** Rows gather in the kernel's memory and are laid out when there are 2,048 of them, or no more to come. */
  function fill(bytes: Bytes): void {
    checkBytes(bytes, 'rows');
    if (bytes.length > rowCount * rowBytes - filledBytes) {
      throw new PdqError('ERR_PDQ_LENGTH', `rows: more than the ${rowCount} rows of 32 bytes that were announced`);
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
      throw new PdqError('ERR_PDQ_STATE', `only ${Math.floor(filledBytes / rowBytes)} of ${rowCount} rows have come`);
    }
    return layout.buildSlice();
  }

  function queryBatch(hashes: readonly Uint8Array[], maxDistance: number): Match[][] {
    for (const hash of hashes) checkHash(hash, 'query');
    if (!Number.isInteger(maxDistance) || maxDistance < 0 || maxDistance > 63) {
      throw new PdqError('ERR_PDQ_OPTION', `maxDistance: 0 to 63, not ${maxDistance}`);
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
        throw new PdqError('ERR_PDQ_SIZE', `there is no row ${row} among ${rowCount}`);
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
    throw new PdqError('ERR_PDQ_LENGTH', `rows: a multiple of 32 bytes is needed, not ${rows.length}`);
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
      throw new PdqError('ERR_PDQ_OPTION', `kind: linear, indexed or auto, not ${String(kind)}`);
  }
}

/** Sorts answers by distance. Each is two numbers: row and distance. */
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
