/** A small grey copy of a frame, for comparing frames of one video. Pure. Flow: frame-hash → here. Spec: docs/design/hashing.md#video */
import type { Picture } from '@lodestone/pdq';

/** PDQ samples a side at 64 points, so more pixels add little. */
const SIDE = 64;
/** Points a side, whose mean is one pixel. */
const POINTS = 4;

/** @param picture luma, or RGBA: then green stands for it */
export function thumbnail({ data, width, height, channels, stride }: Required<Picture>): Picture {
  const grey = new Uint8Array(SIDE * SIDE);
  const first = channels === 1 ? 0 : 1;
  const at = (point: number, length: number): number => Math.floor((point * length) / (SIDE * POINTS));
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const top = Math.floor(pixel / SIDE) * POINTS;
    const left = (pixel % SIDE) * POINTS;
    let sum = 0;
    for (let y = top; y < top + POINTS; y++) {
      const row = stride * at(y, height) + first;
      for (let x = left; x < left + POINTS; x++) sum += data[row + channels * at(x, width)] ?? 0;
    }
    grey[pixel] = sum / (POINTS * POINTS);
  }
  return { data: grey, width: SIDE, height: SIDE, channels: 1 };
}
