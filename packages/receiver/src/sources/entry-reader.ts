/**
 * Reads the entry numbers of a list file as it streams, and groups them by shard. The counts of its manifest say where they
 * are; the release check of trust, which reads the same bytes, refuses a file with other counts. Pure.
 * Flow: index-list → here → entry-index. Spec: docs/design/contracts.md#list-file.
 */
import { LODE_HEADER_BYTES } from '@lodestone/protocol/list-file';
import type { ListManifest } from '@lodestone/protocol/release';
import { rowKey, type RowType, shardOf, type VersionRows } from './entry-index.ts';

const PAYLOAD_BYTES = 32;

/** Bytes `start` to `end` of the file hold the entry numbers of the rows of one type. */
interface Region {
  readonly type: RowType;
  readonly start: number;
  readonly end: number;
}

export class EntryReader {
  readonly #regions: readonly Region[];
  readonly #shards = new Map<number, { keys: Uint32Array; size: number }>();
  /** Position in the file. */
  #at = 0;
  /** The entry number that is being read: a piece can end within it. */
  #entry = 0;

  constructor({ pdq, sha256, vpdq }: ListManifest['counts']) {
    const afterPdq = LODE_HEADER_BYTES + pdq * PAYLOAD_BYTES;
    const afterSha256 = afterPdq + pdq * 4 + sha256 * PAYLOAD_BYTES;
    const vpdqStart = afterSha256 + sha256 * 4;
    this.#regions = [
      { type: 'pdq', start: afterPdq, end: afterPdq + pdq * 4 },
      { type: 'sha256', start: afterSha256, end: vpdqStart },
      { type: 'vpdq', start: vpdqStart, end: vpdqStart + vpdq * 4 },
    ];
  }

  /** Takes the next bytes of the file. */
  update(bytes: Uint8Array): void {
    for (const region of this.#regions) this.#read(region, bytes);
    this.#at += bytes.length;
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
