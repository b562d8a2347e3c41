/**
 * Finds the slots that have a tag. 4 bytes a tag, half a byte for where to look, and a filter of one to two bytes a tag. Almost every
 * look-up ends at the filter. Promise: a look-up compares a bounded number of tags, whatever tags the list has.
 * Spec: docs/detection/locked-lists.md#matching
 */

/** Tags that share a head, on average: at most 8. */
const TAGS_A_HEAD = 8;
const MOST_HEAD_BITS = 24;
/** Tags of one head that are compared. Those of a list as it must be are spread evenly: of a billion heads, none has as many. */
const MOST_COMPARED = 64;

export class TagIndex {
  /** Slots in the order of their tags' highest bits. */
  readonly #slots: Uint32Array;
  /** Where the tags begin whose highest bits are i. */
  readonly #heads: Uint32Array;
  readonly #headShift: number;
  /** A bit for each value of a tag's lowest bits. */
  readonly #filter: Uint8Array;
  readonly #filterMask: number;
  readonly #tagOf: (slot: number) => number;

  constructor(count: number, tagOf: (slot: number) => number) {
    this.#tagOf = tagOf;
    const filterBits = Math.max(10, Math.ceil(Math.log2(count * 8 + 1)));
    this.#filterMask = 2 ** Math.min(filterBits, 31) - 1;
    this.#filter = new Uint8Array((this.#filterMask + 1) / 8);
    const headBits = Math.min(MOST_HEAD_BITS, Math.max(1, Math.ceil(Math.log2(count / TAGS_A_HEAD + 1))));
    this.#headShift = 32 - headBits;
    const heads = (this.#heads = new Uint32Array(2 ** headBits + 1));
    this.#slots = new Uint32Array(count);
    for (let slot = 0; slot < count; slot++) {
      const tag = tagOf(slot);
      const place = tag & this.#filterMask;
      this.#filter[place >> 3] = (this.#filter[place >> 3] as number) | (1 << (place & 7));
      const next = this.#headOf(tag) + 1;
      heads[next] = (heads[next] as number) + 1;
    }
    for (let i = 0; i < heads.length - 1; i++) heads[i + 1] = (heads[i + 1] as number) + (heads[i] as number);
    const ends = heads.slice();
    for (let slot = 0; slot < count; slot++) {
      const head = this.#headOf(tagOf(slot));
      const place = ends[head] as number;
      ends[head] = place + 1;
      this.#slots[place] = slot;
    }
  }

  get memoryBytes(): number {
    return this.#slots.byteLength + this.#heads.byteLength + this.#filter.byteLength;
  }

  /** Two rows of one tag are refused by the authority, so there is at most one; of several the first row. */
  find(tag: number): number | undefined {
    const place = tag & this.#filterMask;
    if (!((this.#filter[place >> 3] as number) & (1 << (place & 7)))) return undefined;
    const head = this.#headOf(tag);
    const start = this.#heads[head] as number;
    const end = Math.min(this.#heads[head + 1] as number, start + MOST_COMPARED);
    for (let i = start; i < end; i++) {
      const slot = this.#slots[i] as number;
      if (this.#tagOf(slot) === tag) return slot;
    }
    return undefined;
  }

  #headOf(tag: number): number {
    return tag >>> this.#headShift;
  }
}
