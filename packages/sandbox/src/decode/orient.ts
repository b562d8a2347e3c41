/** Applies the EXIF orientation to the reduced picture. Flow: reduce → here → hash. Spec: docs/design/hashing.md#reduction */
import type { Pixels } from './pixels.ts';
import type { Mirrored } from './reduce.ts';

/** As in WebCodecs: rotated clockwise in steps of 90 degrees, then mirrored left to right if `flip`. */
export interface Orientation {
  readonly turns: 0 | 1 | 2 | 3;
  readonly flip: boolean;
}

export function orientationOf(rotation: number, flip: boolean): Orientation {
  return { turns: (((Math.round(rotation / 90) % 4) + 4) % 4) as Orientation['turns'], flip };
}

export function orient(pixels: Pixels, { turns, flip }: Orientation): Pixels {
  if (turns === 0 && !flip) return pixels;
  const sideways = turns % 2 === 1;
  const [width, height] = sideways ? [pixels.height, pixels.width] : [pixels.width, pixels.height];
  const from = new Uint32Array(pixels.data.buffer);
  const to = new Uint32Array(from.length);
  const shown = (x: number, y: number): number => {
    const [right, down] = rotated(x, y, pixels, turns);
    return down * width + (flip ? width - 1 - right : right);
  };
  // Each step along a stored axis moves by the same number of pixels in the picture as it is shown.
  const [start, alongRow, alongColumn] = [shown(0, 0), shown(1, 0) - shown(0, 0), shown(0, 1) - shown(0, 0)];
  for (let y = 0, at = 0; y < pixels.height; y++) {
    for (let x = 0, into = start + y * alongColumn; x < pixels.width; x++, at++, into += alongRow) {
      to[into] = from[at] as number;
    }
  }
  return { width, height, data: new Uint8ClampedArray(to.buffer) };
}

/** Which stored axes are reversed in the picture as it is shown. */
export function mirroredBy({ turns, flip }: Orientation): Mirrored {
  switch (turns) {
    case 0:
      return { x: flip, y: false };
    case 1:
      return { x: false, y: !flip };
    case 2:
      return { x: !flip, y: true };
    case 3:
      return { x: true, y: flip };
  }
}

function rotated(
  x: number,
  y: number,
  { width, height }: Pixels,
  turns: Orientation['turns'],
): [right: number, down: number] {
  switch (turns) {
    case 0:
      return [x, y];
    case 1:
      return [height - 1 - y, x];
    case 2:
      return [width - 1 - x, height - 1 - y];
    case 3:
      return [y, width - 1 - x];
  }
}
