/**
 * Reads entry numbers of a list on the device, for the judgment of verdicts: from the parts that hold them, one in memory at a
 * time, so that they need no second copy in storage. Flow: stored-file → here → plausibility, exact-proof.
 * Spec: docs/design/message-gate.md#plausibility
 */
import {
  compareBytes,
  type Digest,
  LIMITS,
  type ListCounts,
  type ListPlaces,
  listPlaces,
  LODE_HEADER_BYTES,
  readListHeader,
} from '@lodestone/protocol';
import type { Storage } from '../storage/transaction.ts';
import { countDistinct } from './count-distinct.ts';
import { completeBytes, readPart } from './stored-file.ts';

/** In the order of the list's rows. */
export interface ListEntries {
  /** Entries with a SHA-256 row. */
  exact: Uint32Array;
  /** Entries with a PDQ or vPDQ row. */
  near: Uint32Array;
  /** Different entry numbers in both. */
  count: number;
}

const ROW_BYTES = 32;

/** Undefined if the file is not complete. */
export async function readEntries(storage: Storage, digest: Digest): Promise<ListEntries | undefined> {
  const list = await openList(storage, digest);
  if (!list) return undefined;
  const { reader, counts, at } = list;
  // The file is little-endian, as every platform that browsers run on.
  const exact = new Uint32Array(counts.sha256);
  const near = new Uint32Array(counts.pdq + counts.vpdq);
  const isWhole =
    (await reader.copy(at.sha256Entries, new Uint8Array(exact.buffer))) &&
    (await reader.copy(at.pdqEntries, new Uint8Array(near.buffer, 0, counts.pdq * 4))) &&
    (await reader.copy(at.vpdqEntries, new Uint8Array(near.buffer, counts.pdq * 4)));
  return isWhole ? { exact, near, count: await countDistinct([exact, near]) } : undefined;
}

/** The entry that lists this SHA-256 digest, or 0; undefined if the file is not complete. Reads a few parts of a large list. */
export async function readEntryOfSha256(
  storage: Storage,
  digest: Digest,
  wanted: Uint8Array,
): Promise<number | undefined> {
  const list = await openList(storage, digest);
  if (!list) return undefined;
  const { reader, counts, at } = list;
  const row = new Uint8Array(ROW_BYTES);
  for (let low = 0, high = counts.sha256 - 1; low <= high;) {
    const middle = (low + high) >> 1;
    if (!(await reader.copy(at.sha256Rows + middle * ROW_BYTES, row))) return undefined;
    const order = compareBytes(wanted, row);
    if (order === 0) {
      const entry = new Uint32Array(1);
      const isThere = await reader.copy(at.sha256Entries + middle * 4, new Uint8Array(entry.buffer));
      return isThere ? entry[0] : undefined;
    }
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return 0;
}

async function openList(
  storage: Storage,
  digest: Digest,
): Promise<{ reader: PartReader; counts: ListCounts; at: ListPlaces } | undefined> {
  const fileBytes = await completeBytes(storage, digest);
  if (fileBytes === undefined) return undefined;
  const reader = new PartReader(storage, digest);
  const header = new Uint8Array(LODE_HEADER_BYTES);
  if (!(await reader.copy(0, header))) return undefined;
  const counts = readListHeader(new DataView(header.buffer), fileBytes);
  return { reader, counts, at: listPlaces(counts) };
}

/** Keeps the part that was read last. */
class PartReader {
  readonly #storage: Storage;
  readonly #digest: Digest;
  #index = -1;
  #part = new Uint8Array(0);

  constructor(storage: Storage, digest: Digest) {
    this.#storage = storage;
    this.#digest = digest;
  }

  /** Fills `target` with the bytes from this offset. Returns false if a part was deleted meanwhile. */
  async copy(from: number, target: Uint8Array): Promise<boolean> {
    for (let at = 0; at < target.length;) {
      const index = Math.floor((from + at) / LIMITS.partBytes);
      if (!(await this.#load(index))) return false;
      const start = from + at - index * LIMITS.partBytes;
      const bytes = this.#part.subarray(start, start + target.length - at);
      target.set(bytes, at);
      at += bytes.length;
    }
    return true;
  }

  async #load(index: number): Promise<boolean> {
    if (index === this.#index) return true;
    const part = await readPart(this.#storage, this.#digest, index);
    if (!part) return false;
    this.#index = index;
    this.#part = new Uint8Array(part);
    return true;
  }
}
