/**
 * Matches hashes against locked rows. Promise: a row is unlocked only if the tag of a try is one of its tags; at most a bounded number of
 * them, the likeliest first; a bound that ends a search is reported; tries, keys and unlocked rows are zeros afterwards.
 * Flow: hashes → tries → tags → rows → distances. Spec: docs/detection/locked-lists.md#matching
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
import { LockedBudget } from './budget.ts';
import { Derivation, type SlowHash, xor } from './derive.ts';
import { bitsAt, type Subset, subsetsOf } from './subsets.ts';
import { TagIndex } from './tag-index.ts';
import { Tries } from './tries.ts';

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
  /**
   * False if a bound ended the search: a row that is near may not have been unlocked. True also if the budget left a hash fewer tries than
   * its share.
   */
  readonly isComplete: boolean;
  /** Rows whose tags do not fit to what they contain: the list was not made as it must be. They never match. */
  readonly voidRows: number;
  readonly tries: number;
  /** Runs of the slow hash. */
  readonly slowSteps: number;
}

/** Slow steps of a call that open nothing: at most this many times those that chance explains, and this many more. */
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
  readonly #tries: Tries;
  /** The bits of an unlocked row at a subset. */
  readonly #own: Uint8Array;

  /** @throws {LodestoneError} `ERR_LIST_FORMAT` for parameters out of their bounds */
  constructor(tools: { readonly blake3: Blake3; readonly slowHash: SlowHash }, rows: LockedRows) {
    const { payloads, count } = rows;
    const parameters = (this.#parameters = readLockedParameters(rows));
    this.#rowBytes = lockedRowBytes(rows.slots);
    this.#rows = rows;
    this.#derivation = new Derivation(tools.blake3, tools.slowHash, parameters);
    this.#subsets = subsetsOf(tools.blake3, parameters);
    this.#view = new DataView(payloads.buffer, payloads.byteOffset, payloads.byteLength);
    this.#tags = new TagIndex(count * parameters.slots, (slot) => this.#tagOf(slot));
    this.#tries = new Tries(this.#subsets);
    this.#own = new Uint8Array(parameters.bits / 8);
  }

  /** Of the index, without the rows. */
  get memoryBytes(): number {
    return this.#tags.memoryBytes;
  }

  /**
   * @param maxDistance 0 to 63
   * @param budget of a content item, if it has several pictures or lists
   */
  async queryBatch(
    queries: readonly LockedQuery[],
    maxDistance: number,
    budget: LockedBudget = new LockedBudget(),
  ): Promise<LockedMatches> {
    const matches = queries.map((): LockedMatch[] => []);
    const found = this.#hitsOf(queries, budget);
    const { tries } = found;
    let { isComplete } = found;
    const expected = (tries * this.#rows.count * this.#parameters.slots) / 2 ** 32;
    const mostInVain = (Math.ceil(EXPECTED_FACTOR * expected) + LEAST_SLOW_STEPS) * budget.patience;
    const opened = new Set<number>();
    let [voidRows, slowSteps] = [0, 0];
    try {
      for (const hit of found.hits) {
        const row = Math.floor(hit.slot / this.#parameters.slots);
        if (opened.has(row)) continue;
        if (slowSteps - opened.size === mostInVain || !budget.takeSlowStep(this.#parameters.memoryKiB)) {
          isComplete = false;
          break;
        }
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
    } finally {
      this.#clear(found.hits); // also if memory for a slow step ran out
    }
    for (const one of matches) one.sort((a, b) => a.distance - b.distance || a.row - b.row);
    return { matches, isComplete, voidRows, tries, slowSteps };
  }

  /** The tags hit by any query, the likeliest try first. */
  #hitsOf(
    queries: readonly LockedQuery[],
    budget: LockedBudget,
  ): { hits: readonly Hit[]; tries: number; isComplete: boolean } {
    const { subsets, tries: perList } = this.#parameters;
    // By slot, because a key that has the bits of a try would be a string, which cannot be overwritten.
    const hits = new Map<number, Hit[]>();
    let [tries, isComplete] = [0, true];
    for (const [i, { hash, costs, share }] of queries.entries()) {
      const allowed = budget.takeTries(Math.max(subsets, Math.round(perList * share)), queries.length - i);
      if (allowed === 0) {
        isComplete = false;
        continue;
      }
      let place = 0;
      this.#tries.visit(hash, costs, allowed, (subset, bits) => {
        const slot = this.#tags.find(this.#derivation.tag(subset, bits));
        if (slot !== undefined) addHit(hits, { slot, subset, bits, place });
        place++;
      });
      tries += place;
    }
    return { hits: [...hits.values()].flat().sort((a, b) => a.place - b.place), tries, isComplete };
  }

  #clear(hits: readonly Hit[]): void {
    for (const { bits } of hits) bits.fill(0);
    this.#tries.clear();
    this.#own.fill(0);
    this.#derivation.clear();
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
    const own = bitsAt(this.#subsets[subset] as Subset, pdq, this.#own);
    if (own.every((byte, i) => byte === bits[i])) return pdq;
    pdq.fill(0);
    return undefined;
  }

  /** Whether each of the row's tags is the tag of its bits at another subset. */
  #isGenuine(row: number, pdq: Uint8Array): boolean {
    const { slots } = this.#rows;
    const own = this.#subsets.map((subset, j) => this.#derivation.tag(j, bitsAt(subset, pdq, this.#own)));
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

/** Keeps a copy of the bits. Of equal bits, such as those of two orientations, the earlier place counts. */
function addHit(hits: Map<number, Hit[]>, { slot, subset, bits, place }: Hit): void {
  const ofSlot = hits.get(slot) ?? [];
  const same = ofSlot.findIndex((one) => one.subset === subset && one.bits.every((byte, i) => byte === bits[i]));
  const before = ofSlot[same];
  if (!before) hits.set(slot, [...ofSlot, { slot, subset, bits: bits.slice(), place }]);
  else if (place < before.place) ofSlot[same] = { ...before, place };
}

function distanceOf(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let i = 0; i < LOCKED_PDQ_BYTES; i++) {
    for (let rest = (a[i] as number) ^ (b[i] as number); rest; rest &= rest - 1) distance++;
  }
  return distance;
}
