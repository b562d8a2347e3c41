/**
 * The `.lode` file: a list release as bytes. It depends on its records only (no dates, labels or provenance), sorted by
 * (type, payload). The README has the byte layout. The sandbox reads this file too, so it does not import zod.
 * Spec: docs/design/contracts.md#list-file
 */
import { compareBytes } from './bytes.ts';
import {
  compareRow,
  createListCheck,
  listFormatError as broken,
  listPlaces,
  LODE_HEADER_BYTES,
  LODE_MAGIC,
  LODE_VERSION,
  readListHeader,
  ROW_BYTES as ROW,
} from './list-check.ts';
import {
  LOCKED_HEADER_BYTES,
  type LockedParameters,
  lockedRowBytes,
  type LockedRows,
  printLockedParameters,
  readLockedParameters,
} from './locked-rows.ts';

export {
  createListCheck,
  type ListCheck,
  type ListCounts,
  type ListPlaces,
  listPlaces,
  LODE_HEADER_BYTES,
  readListHeader,
} from './list-check.ts';

/** Type byte of a record; also part of its Merkle leaf, and the order of leaves. A locked row is a PDQ row that cannot be read. */
export const RECORD_TYPE = { locked: 0, pdq: 1, sha256: 2, vpdq: 3 } as const;

/** `count` payloads of 32 bytes in increasing order, and the entry number of each. */
export interface Rows {
  readonly count: number;
  readonly payloads: Uint8Array<ArrayBuffer>;
  readonly entries: Uint32Array;
}

/** Videos: video `i` has `frameCounts[i]` PDQ hashes of 32 bytes. `frames` holds all videos in order. */
export interface Groups {
  readonly count: number;
  readonly entries: Uint32Array;
  readonly frameCounts: Uint32Array;
  readonly frames: Uint8Array<ArrayBuffer>;
}

export interface Release {
  /** Empty in a locked release. */
  readonly pdq: Rows;
  /** Only in a locked release. */
  readonly locked?: LockedRows;
  readonly sha256: Rows;
  readonly vpdq: Groups;
}

/** One record as an author provides it: 32 bytes for pdq and sha256, frames × 32 bytes for vpdq, a locked row's bytes. */
export interface ListRecord {
  readonly type: keyof typeof RECORD_TYPE;
  /** 1 to 2³² − 1. In a signal, 0 means a classifier. */
  readonly entry: number;
  readonly payload: Uint8Array;
}

/**
 * Reads a `.lode` file. Payloads are views of `bytes`, not copies.
 * @throws {LodestoneError} `ERR_LIST_FORMAT` unless the file is in canonical form
 */
export function parseRelease(bytes: Uint8Array<ArrayBuffer>): Release {
  const check = createListCheck(bytes.length);
  check.update(bytes);
  check.finish();
  const release = openRelease(bytes);
  if (release.locked) readLockedParameters(release.locked);
  return release;
}

/**
 * `parseRelease` for a file that was checked when it arrived: checks its first header and its length only.
 * @throws {LodestoneError} `ERR_LIST_FORMAT`
 */
export function openRelease(bytes: Uint8Array<ArrayBuffer>): Release {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const counts = readListHeader(view);
  const { pdq, sha256, vpdq, frames, lockedSlots: slots } = counts;
  let at = LODE_HEADER_BYTES;
  const take = (length: number): Uint8Array<ArrayBuffer> => bytes.subarray(at, (at += length));
  const takeU32 = (count: number): Uint32Array => {
    const numbers = new Uint32Array(count);
    for (let i = 0; i < count; i++, at += 4) numbers[i] = view.getUint32(at, true);
    return numbers;
  };
  const rows = (count: number, rowBytes = ROW): Rows => ({
    count,
    payloads: take(count * rowBytes),
    entries: takeU32(count),
  });
  const locked = slots > 0 ? { slots, header: take(LOCKED_HEADER_BYTES) } : undefined;
  const pdqRows = rows(pdq, listPlaces(counts).pdqRowBytes);
  return {
    ...(locked ? { pdq: rows(0), locked: { ...locked, ...pdqRows } } : { pdq: pdqRows }),
    sha256: rows(sha256),
    vpdq: { count: vpdq, entries: takeU32(vpdq), frameCounts: takeU32(vpdq), frames: take(frames * ROW) },
  };
}

/**
 * The entry that lists this SHA-256 digest, or 0. For a file that `parseRelease` accepted before: reads only the rows that a
 * binary search needs. @throws {LodestoneError} `ERR_LIST_FORMAT` for another header or length
 */
export function entryOfSha256(bytes: Uint8Array<ArrayBuffer>, digest: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { sha256Rows, sha256Entries } = listPlaces(readListHeader(view));
  const row = findRow(bytes.subarray(sha256Rows, sha256Entries), digest);
  return row === undefined ? 0 : view.getUint32(sha256Entries + row * 4, true);
}

/** Index of a payload of 32 bytes among rows in increasing order, by binary search. */
export function findRow(payloads: Uint8Array, wanted: Uint8Array): number | undefined {
  let low = 0;
  let high = payloads.length / ROW - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareRow(wanted, 0, payloads, middle * ROW, ROW);
    if (order === 0) return middle;
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return undefined;
}

/**
 * Writes the file of these records. Their order does not matter.
 * @param locked for a release whose PDQ rows are all of type `locked`
 * @throws {LodestoneError} `ERR_LIST_FORMAT` for equal payloads, a wrong length or entry number, too many rows, rows of both forms
 */
export function printRelease(records: Iterable<ListRecord>, locked?: LockedParameters): Uint8Array<ArrayBuffer> {
  const sorted = [...records].sort(
    (a, b) => RECORD_TYPE[a.type] - RECORD_TYPE[b.type] || compareBytes(a.payload, b.payload),
  );
  const of = (type: ListRecord['type']): ListRecord[] => sorted.filter((record) => record.type === type);
  const pdqType = locked ? 'locked' : 'pdq';
  const [pdq, sha256, vpdq] = [of(pdqType), of('sha256'), of('vpdq')];
  if (pdq.length + sha256.length + vpdq.length < sorted.length)
    throw broken(`a release whose PDQ rows are of type ${pdqType} cannot have rows of the other type too`);
  const pdqBytes = locked ? lockedRowBytes(locked.slots) : ROW;
  for (const { type, entry, payload } of sorted) {
    if (!Number.isInteger(entry) || entry < 1 || entry > 0xffffffff)
      throw broken(`entry number ${entry} is not from 1 to 4294967295`);
    const one = type === pdqType ? pdqBytes : ROW;
    const fits = type === 'vpdq' ? payload.length > 0 && payload.length % ROW === 0 : payload.length === one;
    if (!fits) throw broken(`a ${type} payload cannot have ${payload.length} bytes`);
  }
  const frames = vpdq.reduce((sum, { payload }) => sum + payload.length / ROW, 0);
  const bytes = new Uint8Array(
    LODE_HEADER_BYTES +
      (locked ? LOCKED_HEADER_BYTES : 0) +
      pdq.length * (pdqBytes + 4) +
      sha256.length * (ROW + 4) +
      vpdq.length * 8 +
      frames * ROW,
  );
  const view = new DataView(bytes.buffer);
  view.setUint32(0, LODE_MAGIC, true);
  view.setUint8(4, LODE_VERSION);
  view.setUint8(5, locked?.slots ?? 0);
  [pdq.length, sha256.length, vpdq.length, frames].forEach((count, i) => view.setUint32(8 + 4 * i, count, true));

  let at = LODE_HEADER_BYTES;
  if (locked) {
    bytes.set(printLockedParameters(locked), at);
    at += LOCKED_HEADER_BYTES;
  }
  const putAll = (payloads: readonly Uint8Array[]): void => {
    for (const payload of payloads) {
      bytes.set(payload, at);
      at += payload.length;
    }
  };
  const putU32 = (numbers: readonly number[]): void => {
    for (const number of numbers) {
      view.setUint32(at, number, true);
      at += 4;
    }
  };
  for (const rows of [pdq, sha256]) {
    putAll(rows.map(({ payload }) => payload));
    putU32(rows.map(({ entry }) => entry));
  }
  putU32(vpdq.map(({ entry }) => entry));
  putU32(vpdq.map(({ payload }) => payload.length / ROW));
  putAll(vpdq.map(({ payload }) => payload));
  parseRelease(bytes); // finds equal payloads when the list is written, not on a device
  return bytes;
}

/** The file's records in file order, which is the order of the Merkle tree's leaves. */
export function* records(release: Release): Generator<ListRecord> {
  const { pdq, locked, sha256 } = release;
  yield* rowRecords('pdq', pdq, ROW);
  if (locked) yield* rowRecords('locked', locked, lockedRowBytes(locked.slots));
  yield* rowRecords('sha256', sha256, ROW);
  let frame = 0;
  for (const [i, frameCount] of release.vpdq.frameCounts.entries()) {
    yield {
      type: 'vpdq',
      entry: release.vpdq.entries[i] ?? 0,
      payload: release.vpdq.frames.subarray(frame * ROW, (frame += frameCount) * ROW),
    };
  }
}

function* rowRecords(
  type: ListRecord['type'],
  { count, payloads, entries }: Rows,
  rowBytes: number,
): Generator<ListRecord> {
  for (let i = 0; i < count; i++)
    yield { type, entry: entries[i] ?? 0, payload: payloads.subarray(i * rowBytes, (i + 1) * rowBytes) };
}
