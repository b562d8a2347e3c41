/** Whether a frame may have a border, from few points of its outermost lines: most frames have none, and are not searched for one. Pure. Flow: frame-hash → here. */
import type { Picture } from '@lodestone/pdq';

/** Of each line. */
const POINTS = 64;
/** Coding changes a uniform border, and marks lie on it: more points than these differ on the edge of a picture. */
const TOLERANCE = 16;
const MOST_OTHERS = POINTS / 8;

export function hasUniformEdge({ data, width, height, channels, stride }: Required<Picture>): boolean {
  const first = channels === 1 ? 0 : 1; // green stands for luma
  const isUniform = (start: number, step: number, length: number): boolean => {
    const values = Array.from(
      { length: POINTS },
      (_, i) => data[start + step * Math.floor(((i + 0.5) * length) / POINTS)] ?? 0,
    );
    const middle = values.toSorted((a, b) => a - b)[POINTS / 2] ?? 0;
    return values.filter((value) => Math.abs(value - middle) > TOLERANCE).length <= MOST_OTHERS;
  };
  return (
    isUniform(first, channels, width) ||
    isUniform(first + (height - 1) * stride, channels, width) ||
    isUniform(first, stride, height) ||
    isUniform(first + (width - 1) * channels, stride, height)
  );
}
