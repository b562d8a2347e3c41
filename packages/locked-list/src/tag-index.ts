/**
 * Finds the slots that have a tag. 4 bytes a tag, a filter of one to two bytes a tag, and 1 MiB at most. Almost every look-up ends at the filter.
 * Spec: docs/detection/locked-lists.md#matching
 */
const HEAD_BITS = 16;

export class TagIndex {
  /** Slots in the order of their tags. */
  readonly #slots: Uint32Array;
  /** Where the tags begin whose highest bits are i. */
  readonly #heads: Uint32Array;
  /** A bit for each value of a tag's lowest bits. */
  readonly #filter: Uint8Array;
  readonly #filterMask: number;
  readonly #tagOf: (slot: number) => number;

  constructor(count: number, tagOf: (slot: number) => number) {
    this.#tagOf = tagOf;
    const filterBits = Math.max(10, Math.ceil(Math.log2(count * 8 + 1)));
    this.#filterMask = 2 ** Math.min(filterBits, 31) - 1;
    this.#filter = new Uint8Array((this.#filterMask + 1) / 8);
    this.#heads = new Uint32Array(2 ** HEAD_BITS + 1);
    this.#slots = new Uint32Array(count);
    const heads = this.#heads;
    for (let slot = 0; slot < count; slot++) {
      const tag = tagOf(slot);
      const place = tag & this.#filterMask;
      this.#filter[place >> 3] = (this.#filter[place >> 3] as number) | (1 << (place & 7));
      heads[headOf(tag) + 1] = (heads[headOf(tag) + 1] as number) + 1;
    }
    for (let i = 0; i < heads.length - 1; i++) heads[i + 1] = (heads[i + 1] as number) + (heads[i] as number);
    const next = heads.slice();
    for (let slot = 0; slot < count; slot++) {
      const head = headOf(tagOf(slot));
      const place = next[head] as number;
      next[head] = place + 1;
      this.#slots[place] = slot;
    }
  }

  /** Two rows of one tag are refused by the authority, so there is at most one. */
  find(tag: number): number | undefined {
    const place = tag & this.#filterMask;
    if (!((this.#filter[place >> 3] as number) & (1 << (place & 7)))) return undefined;
    const end = this.#heads[headOf(tag) + 1] as number;
    for (let i = this.#heads[headOf(tag)] as number; i < end; i++) {
      const slot = this.#slots[i] as number;
      if (this.#tagOf(slot) === tag) return slot;
    }
    return undefined;
  }
}

function headOf(tag: number): number {
  return tag >>> (32 - HEAD_BITS);
}
