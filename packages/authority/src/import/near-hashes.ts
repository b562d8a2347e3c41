/**
 * Finds rows near to a hash in any orientation: the hash of a picture that is turned or mirrored follows from that of the picture.
 * Flow: rows of records → here → other-form (import), readable-rows (publication). Spec: docs/design/authority.md#locked-lists
 */
import { type Index, loadPdq, type Pdq } from '@lodestone/pdq';
import type { Name } from '@lodestone/protocol/name';
import { LARGEST_DISTANCE } from '@lodestone/protocol/order';
import type { Row } from './import-record.ts';
import { orientationsOf } from './orientations.ts';

const PDQ_BYTES = 32;

export interface NamedHash {
  hash: Uint8Array;
  list: Name;
  entry: number;
}
export interface NearHash extends NamedHash {
  distance: number;
}

/** More, and more than this share of the indexed ones, are put into a new index: a list can come with thousands of videos in one import. */
const MOST_ADDED = 1_024;
const MOST_SHARE = 1 / 4;

/** Hashes in an index, and the few that were added since. */
export class NearHashes {
  readonly #pdq: Pdq;
  #earlier: readonly NamedHash[];
  #index: Index;
  #added: (NamedHash & { words: Int32Array })[] = [];

  private constructor(pdq: Pdq, earlier: readonly NamedHash[]) {
    this.#pdq = pdq;
    this.#earlier = earlier;
    this.#index = indexOf(pdq, earlier);
  }

  static async of(earlier: readonly NamedHash[]): Promise<NearHashes> {
    return new NearHashes(await loadPdq(), earlier);
  }

  add(...named: readonly NamedHash[]): void {
    for (const one of named) this.#added.push({ ...one, words: wordsOf(one.hash) });
    if (this.#added.length <= Math.max(MOST_ADDED, this.#earlier.length * MOST_SHARE)) return;
    this.#earlier = [...this.#earlier, ...this.#added];
    this.#index = indexOf(this.#pdq, this.#earlier);
    this.#added = [];
  }

  /** Each row within the distance at which pictures match. Lazy: mostly the first one is enough. */
  *near(hash: Uint8Array): Generator<NearHash> {
    const turned = orientationsOf(hash);
    const words = turned.map(wordsOf);
    for (const { row, distance: bits } of this.#index.queryBatch(turned, LARGEST_DISTANCE).flat())
      yield { ...(this.#earlier[row] as NamedHash), distance: bits };
    for (const { hash: near, list, entry, words: own } of this.#added) {
      const bits = leastDistance(own, words);
      if (bits <= LARGEST_DISTANCE) yield { hash: near, list, entry, distance: bits };
    }
  }
}

function indexOf(pdq: Pdq, named: readonly NamedHash[]): Index {
  const index = pdq.createIndex({ rowCount: named.length, kind: 'indexed' });
  for (const { hash } of named) index.fill(hash);
  return index;
}

/** A copy: a hash may lie at any place of a larger buffer. */
function wordsOf(hash: Uint8Array): Int32Array {
  return new Int32Array(Uint8Array.from(hash).buffer);
}

function leastDistance(a: Int32Array, others: readonly Int32Array[]): number {
  let least = Infinity;
  for (const b of others) least = Math.min(least, distanceOf(a, b));
  return least;
}

/** As `distance` of `@lodestone/pdq`, up to the largest that counts: there are thousands of pairs a row. */
function distanceOf(a: Int32Array, b: Int32Array): number {
  let bits = 0;
  for (let i = 0; i < a.length && bits <= LARGEST_DISTANCE; i++) bits += onesOf((a[i] as number) ^ (b[i] as number));
  return bits;
}

function onesOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The hash of a picture, or those of a video's frames. */
export function hashesIn({ type, payload }: Pick<Row, 'type' | 'payload'>): Uint8Array[] {
  if (type === 'sha256') return [];
  return Array.from({ length: payload.length / PDQ_BYTES }, (_, i) =>
    payload.subarray(i * PDQ_BYTES, (i + 1) * PDQ_BYTES),
  );
}
