/**
 * Matches hashes against locked rows. Promise: a row is unlocked only if the tag of a try is one of its tags; at most a bounded number of
 * them for one call, the likeliest first; unlocked rows are zeros afterwards. Flow: hashes → tries → tags → rows → distances.
 * Spec: docs/detection/locked-lists.md#matching
 */
import {
  ID_BYTES,
  LOCKED_PDQ_BYTES,
  type LockedParameters,
  lockedRowBytes,
  type LockedRows,
  readLockedParameters,
  TAG_BYTES,
  WRAPPED_KEY_BYTES,
} from '@lodestone/protocol/locked-rows';
import type { Blake3 } from './blake3.ts';
import { Derivation, type SlowHash, xor } from './derive.ts';
import { bitsAt, type Subset, subsetsOf } from './subsets.ts';
import { TagIndex } from './tag-index.ts';
import { visitTries } from './tries.ts';

export interface LockedQuery {
  readonly hash: Uint8Array;
  /** `flipCosts` of the hash. */
  readonly costs: Float32Array;
  /** Share of the list's tries for this hash, such as 0.4. */
  readonly share: number;
}

/** As of an index of readable rows. */
export interface LockedMatch {
  readonly row: number;
  readonly distance: number;
}

export interface LockedMatches {
  /** For each query, every unlocked row within the distance, the nearest first. */
  readonly matches: readonly LockedMatch[][];
  /** Rows whose tags do not fit to what they contain: the list was not made as it must be. They never match. */
  readonly voidRows: number;
  /** Runs of the slow hash. */
  readonly slowSteps: number;
}

/** A call makes at most this many times the slow steps that chance explains, and this many more. */
const EXPECTED_FACTOR = 4;
const LEAST_SLOW_STEPS = 8;
const FIRST_TAG = ID_BYTES + LOCKED_PDQ_BYTES;
const SLOT_BYTES = TAG_BYTES + WRAPPED_KEY_BYTES;

interface Hit {
  readonly slot: number;
  readonly subset: number;
  readonly bits: Uint8Array;
  /** Of its query, how many tries came before it. */
  readonly place: number;
}

export class LockedIndex {
  readonly #rows: LockedRows;
  readonly #parameters: LockedParameters;
  readonly #rowBytes: number;
  readonly #derivation: Derivation;
  readonly #subsets: readonly Subset[];
  readonly #view: DataView;
  readonly #tags: TagIndex;

  constructor(tools: { readonly blake3: Blake3; readonly slowHash: SlowHash }, rows: LockedRows) {
    const { payloads, count } = rows;
    const parameters = (this.#parameters = readLockedParameters(rows));
    this.#rowBytes = lockedRowBytes(rows.slots);
    this.#rows = rows;
    this.#derivation = new Derivation(tools.blake3, tools.slowHash, parameters);
    this.#subsets = subsetsOf(tools.blake3, parameters);
    this.#view = new DataView(payloads.buffer, payloads.byteOffset, payloads.byteLength);
    this.#tags = new TagIndex(count * parameters.slots, (slot) => this.#tagOf(slot));
  }

  /** @param maxDistance 0 to 63 */
  async queryBatch(queries: readonly LockedQuery[], maxDistance: number): Promise<LockedMatches> {
    const matches = queries.map((): LockedMatch[] => []);
    const { hits, tries } = this.#hitsOf(queries);
    const expected = (tries * this.#rows.count * this.#parameters.slots) / 2 ** 32;
    const mostSlowSteps = Math.ceil(EXPECTED_FACTOR * expected) + LEAST_SLOW_STEPS;
    const opened = new Set<number>();
    let [voidRows, slowSteps] = [0, 0];
    for (const hit of hits) {
      const row = Math.floor(hit.slot / this.#parameters.slots);
      if (opened.has(row)) continue;
      if (slowSteps === mostSlowSteps) break;
      slowSteps++;
      const pdq = await this.#unlock(row, hit);
      if (!pdq) continue;
      opened.add(row);
      if (this.#isGenuine(row, pdq))
        for (const [i, { hash }] of queries.entries()) {
          const distance = distanceOf(pdq, hash);
          if (distance <= maxDistance) matches[i]?.push({ row, distance });
        }
      else voidRows++;
      pdq.fill(0);
    }
    for (const found of matches) found.sort((a, b) => a.distance - b.distance || a.row - b.row);
    return { matches, voidRows, slowSteps };
  }

  /** The tags hit by any query, the likeliest try first. */
  #hitsOf(queries: readonly LockedQuery[]): { hits: Hit[]; tries: number } {
    const hits: Hit[] = [];
    let tries = 0;
    for (const { hash, costs, share } of queries) {
      let place = 0;
      visitTries(hash, costs, this.#subsets, Math.round(this.#parameters.tries * share), (subset, bits) => {
        const slot = this.#tags.find(this.#derivation.tag(subset, bits));
        if (slot !== undefined) hits.push({ slot, subset, bits: bits.slice(), place });
        place++;
      });
      tries += place;
    }
    hits.sort((a, b) => a.place - b.place);
    return { hits, tries };
  }

  /** The row, if the bits of the try are the row's. */
  async #unlock(row: number, { slot, subset, bits }: Hit): Promise<Uint8Array | undefined> {
    const bytes = this.#rows.payloads.subarray(row * this.#rowBytes, (row + 1) * this.#rowBytes);
    const key = await this.#derivation.key(subset, bits);
    const place = slot % this.#parameters.slots;
    if (place > 0) xor(key, bytes.subarray(FIRST_TAG + place * SLOT_BYTES - WRAPPED_KEY_BYTES + TAG_BYTES), key);
    const pad = this.#derivation.pad(key, bytes.subarray(0, ID_BYTES));
    const pdq = xor(bytes.subarray(ID_BYTES), pad, new Uint8Array(LOCKED_PDQ_BYTES));
    key.fill(0);
    pad.fill(0);
    const own = bitsAt(this.#subsets[subset] as Subset, pdq);
    if (own.every((byte, i) => byte === bits[i])) return pdq;
    pdq.fill(0);
    return undefined;
  }

  /** Whether each of the row's tags is the tag of its bits at another subset. */
  #isGenuine(row: number, pdq: Uint8Array): boolean {
    const { slots } = this.#rows;
    const own = this.#subsets.map((subset, j) => this.#derivation.tag(j, bitsAt(subset, pdq)));
    const stored = Array.from({ length: slots }, (_, i) => this.#tagOf(row * slots + i));
    return new Set(stored).size === slots && stored.every((tag) => own.includes(tag));
  }

  #tagOf(slot: number): number {
    const { slots } = this.#rows;
    const place = slot % slots;
    const row = (slot - place) / slots;
    return this.#view.getUint32(
      row * this.#rowBytes + FIRST_TAG + (place && TAG_BYTES + (place - 1) * SLOT_BYTES),
      true,
    );
  }
}

function distanceOf(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let i = 0; i < LOCKED_PDQ_BYTES; i++) {
    for (let rest = (a[i] as number) ^ (b[i] as number); rest; rest &= rest - 1) distance++;
  }
  return distance;
}
