/**
 * Which frames of a video are looked at: its key frames, which encoders also place where a scene begins; between them one a second; and
 * of those that are decoded for it, about four a second are glanced at, so that a short scene that no key frame begins is found. Pure; times are in seconds.
 * Flow: track → here. Spec: docs/design/hashing.md#video
 */

/** Seconds between frames that are looked up. */
export const INTERVAL = 1;
/** Key frames that follow each other faster are left out. */
export const LEAST_GAP = 0.5;
/** Seconds between frames that are glanced at. */
export const GLANCE = 0.25;
/** Seconds before the next key frame in which no frame needs to be seen. */
export const LONGEST_UNSEEN = 0.6;

/** Decoders count in microseconds. */
const ROUNDING = 1e-5;

/**
 * What a frame is for. `key`, `sample`: it is looked up. `start`: a key frame that has been looked up, and is decoded again.
 * `glance`: it is looked up if it shows another scene.
 */
export type FramePurpose = 'key' | 'start' | 'sample' | 'glance';

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

/** Key frames that can stand for a whole video. `scanner/match-video.ts` needs as many that differ. */
export const LEAST_KEYS = 8;
/** No longer part of the video may be without one. */
const LONGEST_WITHOUT = 1 / 5;

/** Whether key frames stand for the whole video. */
export function areSpread(keys: readonly number[], length: number): boolean {
  const gaps = [...keys, length].map((time, i) => time - (keys[i - 1] ?? 0));
  return keys.length >= LEAST_KEYS && gaps.every((gap) => gap <= length * LONGEST_WITHOUT);
}

/** Whether frames are decoded between two key frames. `end` is Infinity after the last one. */
export function hasGap(start: number, end: number): boolean {
  return end - start >= 1.5 * INTERVAL;
}

/** Chooses frames of one gap, in the order in which they are shown. */
export class GapSampler {
  readonly start: number;
  readonly #end: number;
  #sampled: number;
  #seen = -Infinity;

  constructor(start: number, end: number) {
    this.start = start;
    this.#end = end;
    this.#sampled = start;
  }

  /** No further frame of this gap is needed. */
  get isDone(): boolean {
    return this.#end - this.#seen <= LONGEST_UNSEEN;
  }

  purposeOf(time: number): FramePurpose | undefined {
    if (this.isDone || time < this.start - ROUNDING || time >= this.#end - ROUNDING) return undefined;
    const isFirst = this.#seen === -Infinity;
    const isSample = time - this.#sampled >= INTERVAL && this.#end - time >= INTERVAL / 2;
    if (!isFirst && !isSample && time - this.#seen < GLANCE) return undefined;
    this.#seen = time;
    if (isFirst) return 'start';
    if (!isSample) return 'glance';
    this.#sampled = time;
    return 'sample';
  }
}

/** The gaps of a video, in order. A decoder hands out the last frames of one when it has been fed those of the next. */
export class Timeline {
  readonly #gaps: GapSampler[] = [];

  add(start: number, end: number): GapSampler {
    const gap = new GapSampler(start, end);
    this.#gaps.push(gap);
    return gap;
  }

  purposeOf(time: number): FramePurpose | undefined {
    return this.#gaps.findLast(({ start }) => start <= time + ROUNDING)?.purposeOf(time);
  }
}
