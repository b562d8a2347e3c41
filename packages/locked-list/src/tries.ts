/**
 * The tries of one hash: its bits at each subset, then the same with the bits flipped that an edit most likely changed, the likeliest first.
 * Spec: docs/detection/locked-lists.md#tries
 */
import { bitsAt, type Subset } from './subsets.ts';

/** Sets of flipped bits, and a heap of them with the cheapest at the top. All in arrays of numbers: there are tens of thousands a picture. */
class Flips {
  readonly #bitBytes: number;
  readonly #costs: Float64Array;
  readonly #subsets: Uint8Array;
  /** Of each set, the costliest flipped position in the subset's order of costs; -1 without flips. */
  readonly #last: Int16Array;
  readonly #bits: Uint8Array;
  readonly #heap: Uint32Array;
  #used = 0;
  #waiting = 0;

  constructor(most: number, bitBytes: number) {
    this.#bitBytes = bitBytes;
    this.#costs = new Float64Array(most);
    this.#subsets = new Uint8Array(most);
    this.#last = new Int16Array(most);
    this.#bits = new Uint8Array(most * bitBytes);
    this.#heap = new Uint32Array(most);
  }

  start(subset: number, bits: Uint8Array, cost: number): void {
    this.#bits.set(bits, this.#used * this.#bitBytes);
    this.#add(subset, cost, -1);
  }

  /** Adds the set `from` with another last position: `positions` are flipped in its bits. */
  derive(from: number, cost: number, last: number, ...positions: readonly number[]): void {
    const [source, target] = [from * this.#bitBytes, this.#used * this.#bitBytes];
    this.#bits.copyWithin(target, source, source + this.#bitBytes);
    for (const position of positions) {
      const place = target + (position >> 3);
      this.#bits[place] = (this.#bits[place] as number) ^ (1 << (position & 7));
    }
    this.#add(this.subsetOf(from), cost, last);
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

  /** The cheapest set. Call it only if one waits: each set that is taken adds at most two, of which one is cheaper than all sets without end. */
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

/**
 * Calls `visit` for at most `count` tries over all subsets, in rising order of cost: Σ over the subset of ln(1 + e^−w), plus Σ of w over
 * the flipped bits. Each set of flips comes once: a set is reached from the one without its costliest bit, or from the one that has the
 * next cheaper bit in its place.
 * @param costs `flipCosts` of the hash
 * @param visit its `bits` are overwritten after the call
 */
export function visitTries(
  hash: Uint8Array,
  costs: Float32Array,
  subsets: readonly Subset[],
  count: number,
  visit: (subset: number, bits: Uint8Array) => void,
): void {
  const bits = new Uint8Array((subsets[0]?.length ?? 0) / 8);
  const flips = new Flips(2 * count + subsets.length, bits.length);
  /** Of each subset, its positions in rising order of cost, and these costs. */
  const orders = subsets.map((subset) => {
    const costOf = (position: number): number => costs[subset[position] as number] as number;
    const positions = Uint8Array.from(subset.keys()).sort((a, b) => costOf(a) - costOf(b));
    return { positions, costs: Float64Array.from(positions, costOf) };
  });
  for (const [j, subset] of subsets.entries()) {
    let cost = 0;
    for (const bit of subset) cost += Math.log1p(Math.exp(-(costs[bit] as number)));
    flips.start(j, bitsAt(subset, hash, bits), cost);
  }
  for (let done = 0; done < count; done++) {
    const set = flips.take();
    if (set === undefined) return;
    const subset = flips.subsetOf(set);
    flips.bitsOf(set, bits);
    visit(subset, bits);
    const last = flips.lastOf(set);
    const order = orders[subset] as (typeof orders)[number];
    if (last + 1 >= order.positions.length) continue;
    const [next, cost] = [order.positions[last + 1] as number, flips.costOf(set) + (order.costs[last + 1] as number)];
    flips.derive(set, cost, last + 1, next);
    if (last >= 0)
      flips.derive(set, cost - (order.costs[last] as number), last + 1, next, order.positions[last] as number);
  }
}
