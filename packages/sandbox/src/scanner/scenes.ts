/**
 * Which frames of a video show another scene than those before. Pure. Flow: video → here.
 * Promise: a frame that is taken for the same scene is near one of the last frames that were looked up. Spec: docs/design/hashing.md#video
 */
import { distance } from '@lodestone/pdq';

/**
 * Two thumbnails that differ by more show different scenes: frames of different photographs differ by at least 100 bits, frames of a pan
 * of 4 % of the width a second by 10 to 36 bits after a quarter of a second, and by about 90 after a second.
 */
const OTHER_BITS = 80;
/** With two, a scene that is interrupted is no other one when it goes on. */
const KEPT = 2;

export class Scenes {
  #last: Uint8Array[] = [];

  isOther(hash: Uint8Array): boolean {
    return this.#last.every((last) => distance(last, hash) > OTHER_BITS);
  }

  keep(hash: Uint8Array): void {
    this.#last = [hash, ...this.#last].slice(0, KEPT);
  }
}
