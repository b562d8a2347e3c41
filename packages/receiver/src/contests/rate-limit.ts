/** A token bucket: `burst` requests at once, then `perSecond`. Time is an argument. Flow: endpoint → here. Spec: docs/design/receiver.md#contests */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #at: number | undefined;

  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
  }

  /** @param nowMs of a clock that never goes back. @returns whether the request is within the limit */
  take(nowMs: number): boolean {
    const elapsedS = (nowMs - (this.#at ?? nowMs)) / 1_000;
    this.#at = nowMs;
    this.#left = Math.min(this.#burst, this.#left + elapsedS * this.#perSecond);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
