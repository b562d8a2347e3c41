/**
 * Reads the entry numbers of a list file as it streams, and groups them by shard. Its header says where they are; the
 * release check of trust, which reads the same bytes, refuses a file of another layout. Pure.
 * Flow: index-list → here → entry-index. Spec: docs/design/contracts.md#list-file.
 */
import { type ListCounts, listPlaces, LODE_HEADER_BYTES, readListHeader } from '@lodestone/protocol/list-file';
import { rowKey, type RowType, shardOf, type VersionRows } from './entry-index.ts';

/** Bytes `start` to `end` of the file hold the entry numbers of the rows of one type. */
interface Region {
  readonly type: RowType;
  readonly start: number;
  readonly end: number;
}

export class EntryReader {
  readonly #fileBytes: number;
  readonly #header = new Uint8Array(LODE_HEADER_BYTES);
  #regions: readonly Region[] = [];
  readonly #shards = new Map<number, { keys: Uint32Array; size: number }>();
  /** Position in the file. */
  #at = 0;
  /** The entry number that is being read: a piece can end within it. */
  #entry = 0;

  /** @param fileBytes length of the whole file */
  constructor(fileBytes: number) {
    this.#fileBytes = fileBytes;
  }

  /** Takes the next bytes of the file. */
  update(bytes: Uint8Array): void {
    this.#readHeader(bytes);
    for (const region of this.#regions) this.#read(region, bytes);
    this.#at += bytes.length;
  }

  #readHeader(bytes: Uint8Array): void {
    if (this.#at >= LODE_HEADER_BYTES) return;
    this.#header.set(bytes.subarray(0, LODE_HEADER_BYTES - this.#at), this.#at);
    if (this.#at + bytes.length < LODE_HEADER_BYTES) return;
    const counts = countsOf(this.#header, this.#fileBytes);
    if (!counts) return;
    const { pdqEntries, sha256Entries, vpdqEntries } = listPlaces(counts);
    this.#regions = [
      { type: 'pdq', start: pdqEntries, end: pdqEntries + counts.pdq * 4 },
      { type: 'sha256', start: sha256Entries, end: sha256Entries + counts.sha256 * 4 },
      { type: 'vpdq', start: vpdqEntries, end: vpdqEntries + counts.vpdq * 4 },
    ];
  }

  /** @returns the rows by shard, after the last bytes */
  rows(): VersionRows {
    return new Map([...this.#shards].map(([shard, { keys, size }]) => [shard, keys.subarray(0, size)]));
  }

  #read({ type, start, end }: Region, bytes: Uint8Array): void {
    const last = Math.min(end, this.#at + bytes.length);
    for (let at = Math.max(start, this.#at); at < last; at++) {
      const shift = 8 * ((at - start) & 3);
      const byte = bytes[at - this.#at] ?? 0;
      this.#entry = shift === 0 ? byte : (this.#entry | (byte << shift)) >>> 0;
      if (shift === 24) this.#add(this.#entry, type);
    }
  }

  #add(entry: number, type: RowType): void {
    const shard = this.#shards.get(shardOf(entry)) ?? { keys: new Uint32Array(16), size: 0 };
    if (shard.size === shard.keys.length) {
      const larger = new Uint32Array(2 * shard.size);
      larger.set(shard.keys);
      shard.keys = larger;
    }
    shard.keys[shard.size++] = rowKey(entry, type);
    this.#shards.set(shardOf(entry), shard);
  }
}

/** Undefined for a header that the release check refuses, with the reason: a damaged transfer is not the authority's error. */
function countsOf(header: Uint8Array<ArrayBuffer>, fileBytes: number): ListCounts | undefined {
  try {
    return readListHeader(new DataView(header.buffer), fileBytes);
  } catch {
    return undefined;
  }
}
