/** Random choices that a seed determines: the same seed and number give the same input on every machine. */

export class Random {
  #state: number;

  constructor(seed: number, number: number) {
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0;
    for (let i = 0; i < 8; i++) this.#next();
  }

  /** From 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor((this.#next() / 0x100000000) * below);
  }
  of<T>(values: readonly [T, ...T[]] | readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
  /** True in this share of cases. */
  chance(share: number): boolean {
    return this.#next() < share * 0x100000000;
  }
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** mulberry32 */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  }
}
