/**
 * The tries of one hash: its bits at each subset, then the same with the bits flipped that an edit most likely changed, the likeliest first.
 * Spec: docs/detection/locked-lists.md#tries
 */
import { bitsAt, type Subset } from './subsets.ts';

/** Costs are compared in steps of this size, so that the cheapest set is found without sorting: its step is the first one with a set. */
const STEPS_PER_COST = 32;
/** 32 above the cheapest. Costlier sets are taken in any order; the tries end long before. */
const STEPS = 1_024;
const NONE = -1;

/** Sets of flipped bits, taken in rising order of cost. All in arrays of numbers: there are tens of thousands a picture. */
class Flips {
  readonly #bitBytes: number;
  #costs = new Float64Array();
  #subsets = new Uint8Array();
  /** Of each set, the costliest flipped position in the subset's order of costs; -1 without flips. */
  #last = new Int16Array();
  #bits = new Uint8Array();
  /** Of each step of costs, the set that was added last; of each set, the one of its step that was added before. */
  readonly #newest = new Int32Array(STEPS);
  #before = new Int32Array();
  #used = 0;
  #least = 0;
  #step = 0;

  constructor(bitBytes: number) {
    this.#bitBytes = bitBytes;
  }

  /** Removes all sets, and makes space for `most` of them, none of which costs less than `least`. */
  reset(most: number, least: number): void {
    this.#used = 0;
    this.#least = least;
    this.#step = 0;
    this.#newest.fill(NONE);
    if (this.#costs.length >= most) return;
    this.clear();
    this.#costs = new Float64Array(most);
    this.#subsets = new Uint8Array(most);
    this.#last = new Int16Array(most);
    this.#bits = new Uint8Array(most * this.#bitBytes);
    this.#before = new Int32Array(most);
  }

  /** Overwrites what shows the hashes. */
  clear(): void {
    this.#costs.fill(0);
    this.#bits.fill(0);
  }

  start(subset: number, bits: Uint8Array, cost: number): void {
    this.#bits.set(bits, this.#used * this.#bitBytes);
    this.#add(subset, cost, NONE);
  }

  /** Adds the set `from` with another last position: `flipped` changes in its bits, and so does `restored`, if it is not -1. It costs no less. */
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
    // Not before the step under way: a sum may round to a little less.
    const step = Math.max(this.#step, Math.min(STEPS - 1, Math.floor((cost - this.#least) * STEPS_PER_COST)));
    this.#before[set] = this.#newest[step] as number;
    this.#newest[step] = set;
  }

  /** A set of the cheapest step. */
  take(): number | undefined {
    while (this.#newest[this.#step] === NONE) if (++this.#step === STEPS) return undefined;
    const set = this.#newest[this.#step];
    if (set === undefined) return undefined;
    this.#newest[this.#step] = this.#before[set] as number;
    return set;
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
   * Calls `visit` for at most `count` tries over all subsets, in rising order of cost, to a 32nd: Σ over the subset of ln(1 + e^−w), plus Σ of w over
   * the flipped bits. Each set of flips comes once: a set is reached from the one without its costliest bit, or from the one that has the
   * next cheaper bit in its place. With no more tries than subsets, only the exact bits are tried.
   * @param costs `flipCosts` of the hash
   * @param visit its `bits` are overwritten after the call
   */
  visit(hash: Uint8Array, costs: Float32Array, count: number, visit: (subset: number, bits: Uint8Array) => void): void {
    const [flips, bits] = [this.#flips, this.#bits];
    const areFlipped = count > this.#subsets.length;
    this.#begin(hash, costs, 2 * count + this.#subsets.length);
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
  #begin(hash: Uint8Array, costs: Float32Array, most: number): void {
    const bitsByCost = Uint8Array.from(costs.keys()).sort((a, b) => (costs[a] as number) - (costs[b] as number));
    const unflipped = Float64Array.from(costs, (cost) => Math.log1p(Math.exp(-cost)));
    const exact = this.#subsets.map((_, j) => {
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
      return cost;
    });
    this.#flips.reset(most, Math.min(...exact));
    for (const [j, subset] of this.#subsets.entries())
      this.#flips.start(j, bitsAt(subset, hash, this.#bits), exact[j] as number);
    bitsByCost.fill(0);
    unflipped.fill(0);
  }
}
