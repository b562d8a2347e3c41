/**
 * The tries of one hash: its bits at each subset, then the same with the bits flipped that an edit most likely changed, the likeliest first.
 * Spec: docs/detection/locked-lists.md#tries
 */
import { bitsAt, type Subset } from './subsets.ts';

/** Sets of flipped bits, and a heap of them with the cheapest at the top. All in arrays of numbers: there are tens of thousands a picture. */
class Flips {
  readonly #bitBytes: number;
  #costs = new Float64Array();
  #subsets = new Uint8Array();
  /** Of each set, the costliest flipped position in the subset's order of costs; -1 without flips. */
  #last = new Int16Array();
  #bits = new Uint8Array();
  #heap = new Uint32Array();
  #used = 0;
  #waiting = 0;

  constructor(bitBytes: number) {
    this.#bitBytes = bitBytes;
  }

  /** Removes all sets, and makes space for `most` of them. */
  reset(most: number): void {
    this.#used = 0;
    this.#waiting = 0;
    if (this.#costs.length >= most) return;
    this.clear();
    this.#costs = new Float64Array(most);
    this.#subsets = new Uint8Array(most);
    this.#last = new Int16Array(most);
    this.#bits = new Uint8Array(most * this.#bitBytes);
    this.#heap = new Uint32Array(most);
  }

  /** Overwrites what shows the hashes. */
  clear(): void {
    this.#costs.fill(0);
    this.#bits.fill(0);
  }

  start(subset: number, bits: Uint8Array, cost: number): void {
    this.#bits.set(bits, this.#used * this.#bitBytes);
    this.#add(subset, cost, -1);
  }

  /** Adds the set `from` with another last position: `flipped` changes in its bits, and so does `restored`, if it is not -1. */
  derive(from: number, cost: number, last: number, flipped: number, restored: number): void {
    const [source, target] = [from * this.#bitBytes, this.#used * this.#bitBytes];
    for (let i = 0; i < this.#bitBytes; i++) this.#bits[target + i] = this.#bits[source + i] as number;
    this.#flip(target, flipped);
    if (restored >= 0) this.#flip(target, restored);
    this.#add(this.subsetOf(from), cost, last);
  }

  #flip(bits: number, position: number): void {
    const place = bits + (position >> 3);
    this.#bits[place] = (this.#bits[place] as number) ^ (1 << (position & 7));
  }

  subsetOf(set: number): number {
    return this.#subsets[set] as number;
  }
  costOf(set: number): number {
    return this.#costs[set] as number;
  }
  lastOf(set: number): number {
    return this.#last[set] as number;
  }
  bitsOf(set: number, into: Uint8Array): void {
    for (let i = 0; i < this.#bitBytes; i++) into[i] = this.#bits[set * this.#bitBytes + i] as number;
  }

  #add(subset: number, cost: number, last: number): void {
    const set = this.#used++;
    this.#subsets[set] = subset;
    this.#costs[set] = cost;
    this.#last[set] = last;
    const heap = this.#heap;
    let i = this.#waiting++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.costOf(heap[parent] as number) <= cost) break;
      heap[i] = heap[parent] as number;
      i = parent;
    }
    heap[i] = set;
  }

  /** The cheapest set. */
  take(): number | undefined {
    if (this.#waiting === 0) return undefined;
    const heap = this.#heap;
    const first = heap[0] as number;
    const moved = heap[--this.#waiting] as number;
    const cost = this.costOf(moved);
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.#waiting) break;
      if (child + 1 < this.#waiting && this.costOf(heap[child + 1] as number) < this.costOf(heap[child] as number))
        child++;
      if (this.costOf(heap[child] as number) >= cost) break;
      heap[i] = heap[child] as number;
      i = child;
    }
    heap[i] = moved;
    return first;
  }
}

const HASH_BITS = 256;

/** A subset's positions in rising order of cost, and these costs. */
interface Order {
  readonly positions: Uint8Array;
  readonly costs: Float64Array;
}

/** Enumerates tries of hashes. Its arrays are used again for each hash. */
export class Tries {
  readonly #subsets: readonly Subset[];
  /** Of each subset, the position of each bit of a hash in it; -1 if it has none. */
  readonly #positionOf: readonly Int16Array[];
  readonly #flips: Flips;
  /** The bits of the try under way. */
  readonly #bits: Uint8Array;
  readonly #orders: readonly Order[];

  constructor(subsets: readonly Subset[]) {
    const size = subsets[0]?.length ?? 0;
    this.#subsets = subsets;
    this.#positionOf = subsets.map((subset) => {
      const positions = new Int16Array(HASH_BITS).fill(-1);
      for (const [position, bit] of subset.entries()) positions[bit] = position;
      return positions;
    });
    this.#flips = new Flips(size / 8);
    this.#bits = new Uint8Array(size / 8);
    this.#orders = subsets.map(() => ({ positions: new Uint8Array(size), costs: new Float64Array(size) }));
  }

  /**
   * Calls `visit` for at most `count` tries over all subsets, in rising order of cost: Σ over the subset of ln(1 + e^−w), plus Σ of w over
   * the flipped bits. Each set of flips comes once: a set is reached from the one without its costliest bit, or from the one that has the
   * next cheaper bit in its place. With no more tries than subsets, only the exact bits are tried.
   * @param costs `flipCosts` of the hash
   * @param visit its `bits` are overwritten after the call
   */
  visit(hash: Uint8Array, costs: Float32Array, count: number, visit: (subset: number, bits: Uint8Array) => void): void {
    const [flips, bits] = [this.#flips, this.#bits];
    const areFlipped = count > this.#subsets.length;
    flips.reset(2 * count + this.#subsets.length);
    this.#begin(hash, costs);
    for (let done = 0; done < count; done++) {
      const set = flips.take();
      if (set === undefined) return;
      const subset = flips.subsetOf(set);
      flips.bitsOf(set, bits);
      visit(subset, bits);
      if (!areFlipped) continue;
      const last = flips.lastOf(set);
      const order = this.#orders[subset] as Order;
      if (last + 1 >= order.positions.length) continue;
      const next = order.positions[last + 1] as number;
      const cost = flips.costOf(set) + (order.costs[last + 1] as number);
      flips.derive(set, cost, last + 1, next, -1);
      if (last >= 0)
        flips.derive(set, cost - (order.costs[last] as number), last + 1, next, order.positions[last] as number);
    }
  }

  /** Overwrites what shows the hashes. */
  clear(): void {
    this.#flips.clear();
    this.#bits.fill(0);
    for (const { positions, costs } of this.#orders) {
      positions.fill(0);
      costs.fill(0);
    }
  }

  /** The exact bits at each subset, and the order in which its bits are flipped. */
  #begin(hash: Uint8Array, costs: Float32Array): void {
    const bitsByCost = Uint8Array.from(costs.keys()).sort((a, b) => (costs[a] as number) - (costs[b] as number));
    const unflipped = Float64Array.from(costs, (cost) => Math.log1p(Math.exp(-cost)));
    for (const [j, subset] of this.#subsets.entries()) {
      const order = this.#orders[j] as Order;
      const positionOf = this.#positionOf[j] as Int16Array;
      let [filled, cost] = [0, 0];
      for (let i = 0; i < HASH_BITS; i++) {
        const bit = bitsByCost[i] as number;
        const position = positionOf[bit] as number;
        if (position < 0) continue;
        order.positions[filled] = position;
        order.costs[filled] = costs[bit] as number;
        cost += unflipped[bit] as number;
        filled++;
      }
      this.#flips.start(j, bitsAt(subset, hash, this.#bits), cost);
    }
    bitsByCost.fill(0);
    unflipped.fill(0);
  }
}
