/**
 * What is left for one content item: tries and memory of slow steps, over all its pictures and calls. Without it an archive of thousands of
 * pictures, or a list with the costliest parameters, would make a check slow. Spec: docs/design/sandbox.md#locked-lists
 */
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';

/** A hash gets at most this share of what is left, so that the tries of many pictures become fewer bit by bit. */
const MOST_SHARE = 1 / 32;
/** Fewer would find hardly any edited copy. */
const LEAST_TRIES = 256;

export class LockedBudget {
  #tries: number;
  #slowKiB: number;
  /** How many times as many slow steps in vain a search may make as one on a device. */
  readonly patience: number;

  /** @param share of an item's budget, such as 0.5 for one of two lists; more than 1 for an auditor, who has time */
  constructor(share = 1) {
    this.patience = Math.max(1, share);
    this.#tries = Math.floor(LOCKED_LIMITS.itemTries * share);
    this.#slowKiB = Math.floor(LOCKED_LIMITS.itemSlowKiB * share);
  }

  /**
   * @param wanted tries of the next hash
   * @param hashes how many share what is left, with this one
   * @returns how many it may make; 0 if too little is left
   */
  takeTries(wanted: number, hashes: number): number {
    const fair = Math.floor(this.#tries * Math.min(MOST_SHARE, 1 / hashes));
    const taken = Math.min(wanted, Math.max(LEAST_TRIES, fair));
    if (taken > this.#tries) return 0;
    this.#tries -= taken;
    return taken;
  }

  /** @returns false if the bound is reached */
  takeSlowStep(memoryKiB: number): boolean {
    if (memoryKiB > this.#slowKiB) return false;
    this.#slowKiB -= memoryKiB;
    return true;
  }
}
