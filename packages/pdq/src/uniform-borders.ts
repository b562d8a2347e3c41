/**
 * Finds borders that were added around a picture: uniform ones of each side, and bars such as a phone's interface above and below it.
 * Flow: variants → here. Spec: docs/design/hashing.md#variants
 */
import type { GreyPlane } from './grey-plane.ts';

/** What is left of a picture without its borders, in pixels of the plane; ends are exclusive. */
export interface Inner {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Grey levels by which coding changes a uniform border. */
const TOLERANCE = 10;
/** Of a line of a border, this share has one brightness. */
const UNIFORM_SHARE = 0.97;
/** At most this share is stripped from each side, or a plain picture would be stripped to nothing. */
const MOST_STRIPPED = 0.45;

export function wholePlane({ width, height }: GreyPlane): Inner {
  return { left: 0, top: 0, right: width, bottom: height };
}

/** Strips from each side the lines that are as uniform, and as bright, as the outermost. */
export function withoutBorders(plane: GreyPlane, whole: Inner = wholePlane(plane)): Inner {
  // Side borders of another colour hide the upper and lower ones, and the other way round.
  const once = columns(plane, whole, rows(plane, whole, whole, false));
  return columns(plane, whole, rows(plane, whole, once, false));
}

/** The same from opposite sides: a picture whose own edge is as dark as its border is in the middle all the same. */
export function withoutEvenBorders(plane: GreyPlane): Inner {
  const { width, height } = plane;
  const { left, top, right, bottom } = withoutBorders(plane);
  const [x, y] = [Math.min(left, width - right), Math.min(top, height - bottom)];
  return { left: x, top: y, right: width - x, bottom: height - y };
}

/** Strips above and below up to the innermost line that is uniform and as bright as the outermost: between a phone's interface and the picture there is one. */
export function withoutBars(plane: GreyPlane): Inner {
  const whole = wholePlane(plane);
  return rows(plane, whole, whole, true);
}

/** @param across the columns that count */
function rows(plane: GreyPlane, whole: Inner, across: Inner, overBars: boolean): Inner {
  const most = Math.floor((whole.bottom - whole.top) * MOST_STRIPPED);
  const line = (y: number): number | undefined =>
    brightnessOf(plane, y * plane.width + across.left, 1, across.right - across.left);
  return {
    ...across,
    top: whole.top + depth((i) => line(whole.top + i), most, overBars),
    bottom: whole.bottom - depth((i) => line(whole.bottom - 1 - i), most, overBars),
  };
}

/** @param along the rows that count */
function columns(plane: GreyPlane, whole: Inner, along: Inner): Inner {
  const most = Math.floor((whole.right - whole.left) * MOST_STRIPPED);
  const line = (x: number): number | undefined =>
    brightnessOf(plane, along.top * plane.width + x, plane.width, along.bottom - along.top);
  return {
    ...along,
    left: whole.left + depth((i) => line(whole.left + i), most, false),
    right: whole.right - depth((i) => line(whole.right - 1 - i), most, false),
  };
}

/** How many lines to strip: up to the first that is unlike the outermost, or up to the last that is like it. */
function depth(brightness: (line: number) => number | undefined, most: number, toTheLast: boolean): number {
  const outermost = most < 1 ? undefined : brightness(0);
  if (outermost === undefined) return 0;
  let lines = 1;
  for (let i = 1; i < most; i++) {
    const here = brightness(i);
    if (here !== undefined && Math.abs(here - outermost) <= TOLERANCE) lines = i + 1;
    else if (!toTheLast) break;
  }
  return lines;
}

/** Of a line that is nearly uniform. */
function brightnessOf({ data }: GreyPlane, first: number, step: number, count: number): number | undefined {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += data[first + i * step] as number;
  // Marks on the line move its mean, so it is taken again of what is near it.
  let [mean, near] = [sum / count, 0];
  for (const tolerance of [3 * TOLERANCE, TOLERANCE]) {
    [near, sum] = [0, 0];
    for (let i = 0; i < count; i++) {
      const value = data[first + i * step] as number;
      if (Math.abs(value - mean) > tolerance) continue;
      near++;
      sum += value;
    }
    if (near === 0) return undefined;
    mean = sum / near;
  }
  return near >= UNIFORM_SHARE * count ? mean : undefined;
}
