/**
 * Which frames of a video are looked up: its key frames, which encoders also place where a scene begins, and between them one a
 * second. Pure; times are in seconds. Flow: track → here. Spec: docs/design/hashing.md#video
 */

/** Seconds between frames that are looked up. */
export const INTERVAL = 1;
/** Key frames that follow each other faster are left out. */
export const LEAST_GAP = 0.5;

/** The indices of the key frames that are looked up: the first, and each one that is far enough from the one before. */
export function chooseKeys(times: readonly number[]): number[] {
  const chosen: number[] = [];
  let last = -Infinity;
  for (const [i, time] of times.entries()) {
    if (time - last < LEAST_GAP) continue;
    chosen.push(i);
    last = time;
  }
  return chosen;
}

/** Whether frames are to be looked up between two key frames. `end` is Infinity after the last one. */
export function hasGap(start: number, end: number): boolean {
  return end - start >= 1.5 * INTERVAL;
}

/** Takes frames of one gap, in the order in which they are shown. */
export class GapSampler {
  readonly #end: number;
  #next: number;

  constructor(start: number, end: number) {
    this.#end = end;
    this.#next = start + INTERVAL;
  }

  /** No further frame of this gap is taken. */
  get isDone(): boolean {
    return this.#next > this.#end - INTERVAL / 2;
  }

  takes(time: number): boolean {
    if (this.isDone || time < this.#next || time >= this.#end) return false;
    this.#next = time + INTERVAL;
    return true;
  }
}
