/**
 * The `.lode` file: a list release as bytes. It depends on its records only (no dates, labels or provenance), sorted by
 * (type, payload). The README has the byte layout. The sandbox reads this file too, so it does not import zod.
 * Spec: docs/design/contracts.md#list-file
 */
import { compareBytes } from './bytes.ts';
import { LodestoneError } from './error.ts';
import { LIMITS } from './limits.ts';

export const LODE_HEADER_BYTES = 32;
const MAGIC = 0x45444f4c; // "LODE" read as little-endian u32
const VERSION = 1;
const ROW = 32;

/** Type byte of a record; also part of its Merkle leaf. */
export const RECORD_TYPE = { pdq: 1, sha256: 2, vpdq: 3 } as const;

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
  readonly pdq: Rows;
  readonly sha256: Rows;
  readonly vpdq: Groups;
}

/** One record as an author provides it: 32 bytes for pdq and sha256, frames × 32 bytes for vpdq. */
export interface ListRecord {
  readonly type: keyof typeof RECORD_TYPE;
  /** 1 to 2³² − 1. In a signal, 0 means a classifier. */
  readonly entry: number;
  readonly payload: Uint8Array;
}

const broken = (why: string): LodestoneError<'ERR_LIST_FORMAT'> =>
  new LodestoneError('ERR_LIST_FORMAT', `list file: ${why}`);

/**
 * Reads a `.lode` file. Payloads are views of `bytes`, not copies.
 * @throws {LodestoneError} `ERR_LIST_FORMAT` unless the file is in canonical form
 */
export function parseRelease(bytes: Uint8Array<ArrayBuffer>): Release {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { pdq, sha256, vpdq, frames } = readHeader(view);
  let at = LODE_HEADER_BYTES;
  const take = (length: number): Uint8Array<ArrayBuffer> => bytes.subarray(at, (at += length));
  const takeU32 = (count: number): Uint32Array => {
    const numbers = new Uint32Array(count);
    for (let i = 0; i < count; i++, at += 4) numbers[i] = view.getUint32(at, true);
    return numbers;
  };
  const rows = (count: number): Rows => ({ count, payloads: take(count * ROW), entries: takeU32(count) });
  const release: Release = {
    pdq: rows(pdq),
    sha256: rows(sha256),
    vpdq: { count: vpdq, entries: takeU32(vpdq), frameCounts: takeU32(vpdq), frames: take(frames * ROW) },
  };
  checkOrder(release);
  return release;
}

/**
 * The entry that lists this SHA-256 digest, or 0. For a file that `parseRelease` accepted before: reads only the rows that a
 * binary search needs. @throws {LodestoneError} `ERR_LIST_FORMAT` for another header or length
 */
export function entryOfSha256(bytes: Uint8Array<ArrayBuffer>, digest: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { pdq, sha256 } = readHeader(view);
  const payloads = LODE_HEADER_BYTES + pdq * (ROW + 4);
  const row = findRow(bytes.subarray(payloads, payloads + sha256 * ROW), digest);
  return row === undefined ? 0 : view.getUint32(payloads + sha256 * ROW + row * 4, true);
}

/** Index of a payload of 32 bytes among rows in increasing order, by binary search. */
export function findRow(payloads: Uint8Array, wanted: Uint8Array): number | undefined {
  let low = 0;
  let high = payloads.length / ROW - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareRow(wanted, 0, payloads, middle * ROW);
    if (order === 0) return middle;
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return undefined;
}

function readHeader(view: DataView): { pdq: number; sha256: number; vpdq: number; frames: number } {
  if (view.byteLength < LODE_HEADER_BYTES) throw broken(`${view.byteLength} bytes is shorter than the header`);
  if (view.getUint32(0, true) !== MAGIC) throw broken('does not begin with "LODE"');
  if (view.getUint8(4) !== VERSION) throw broken(`version ${view.getUint8(4)}, but this build reads ${VERSION}`);
  for (const reserved of [5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31]) {
    if (view.getUint8(reserved) !== 0) throw broken(`reserved byte ${reserved} is not zero`);
  }
  const count = (at: number): number => view.getUint32(at, true);
  const [pdq, sha256, vpdq, frames] = [count(8), count(12), count(16), count(20)];
  if (pdq + sha256 + frames > LIMITS.listRows || vpdq > frames) throw broken('more rows than allowed');
  const expected = LODE_HEADER_BYTES + (pdq + sha256) * (ROW + 4) + vpdq * 8 + frames * ROW;
  if (view.byteLength !== expected) throw broken(`${view.byteLength} bytes, but its counts require ${expected}`);
  return { pdq, sha256, vpdq, frames };
}

function checkOrder({ pdq, sha256, vpdq }: Release): void {
  for (const { payloads, entries, count } of [pdq, sha256]) {
    for (let i = 1; i < count; i++) {
      if (compareRow(payloads, (i - 1) * ROW, payloads, i * ROW) >= 0)
        throw broken(`row ${i} is not greater than the row before`);
    }
    if (entries.includes(0)) throw broken('entry number 0 is reserved');
  }
  if (vpdq.entries.includes(0)) throw broken('entry number 0 is reserved');
  let before: Uint8Array | undefined;
  let frame = 0;
  for (const frameCount of vpdq.frameCounts) {
    if (frameCount < 1 || frameCount > LIMITS.videoFrames)
      throw broken(`a video has ${frameCount} frames; 1 to ${LIMITS.videoFrames} are allowed`);
    const payload = vpdq.frames.subarray(frame * ROW, (frame += frameCount) * ROW);
    if (before && compareBytes(before, payload) >= 0) throw broken('videos are not in increasing order');
    before = payload;
  }
  if (frame * ROW !== vpdq.frames.length) throw broken('frame counts do not add up');
}

/** Compares in place: creating a million subarrays would cost more than the comparison. */
function compareRow(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  for (let i = 0; i < ROW; i++) {
    const difference = (a[atA + i] ?? 0) - (b[atB + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Writes the file of these records. Their order does not matter.
 * @throws {LodestoneError} `ERR_LIST_FORMAT` for equal payloads, a wrong length or entry number, too many rows
 */
export function printRelease(records: Iterable<ListRecord>): Uint8Array<ArrayBuffer> {
  const sorted = [...records].sort(
    (a, b) => RECORD_TYPE[a.type] - RECORD_TYPE[b.type] || compareBytes(a.payload, b.payload),
  );
  const of = (type: ListRecord['type']): ListRecord[] => sorted.filter((record) => record.type === type);
  const [pdq, sha256, vpdq] = [of('pdq'), of('sha256'), of('vpdq')];
  for (const { type, entry, payload } of sorted) {
    if (!Number.isInteger(entry) || entry < 1 || entry > 0xffffffff)
      throw broken(`entry number ${entry} is not from 1 to 4294967295`);
    const fits = type === 'vpdq' ? payload.length > 0 && payload.length % ROW === 0 : payload.length === ROW;
    if (!fits) throw broken(`a ${type} payload cannot have ${payload.length} bytes`);
  }
  const frames = vpdq.reduce((sum, { payload }) => sum + payload.length / ROW, 0);
  const bytes = new Uint8Array(
    LODE_HEADER_BYTES + (pdq.length + sha256.length) * (ROW + 4) + vpdq.length * 8 + frames * ROW,
  );
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  [pdq.length, sha256.length, vpdq.length, frames].forEach((count, i) => view.setUint32(8 + 4 * i, count, true));

  let at = LODE_HEADER_BYTES;
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
  for (const type of ['pdq', 'sha256'] as const) {
    const { count, payloads, entries } = release[type];
    for (let i = 0; i < count; i++)
      yield { type, entry: entries[i] ?? 0, payload: payloads.subarray(i * ROW, (i + 1) * ROW) };
  }
  let frame = 0;
  for (const [i, frameCount] of release.vpdq.frameCounts.entries()) {
    yield {
      type: 'vpdq',
      entry: release.vpdq.entries[i] ?? 0,
      payload: release.vpdq.frames.subarray(frame * ROW, (frame += frameCount) * ROW),
    };
  }
}
