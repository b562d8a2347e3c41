/**
 * Hashes of a picture as it will be if somebody cuts its edges, or borders of its own. A list that has these rows too finds the cut copies
 * by their own hash, and copies with added borders by their hash without any.
 * Spec: docs/design/hashing.md#crops
 */
import type { HashedPicture, Hasher, HashOptions } from './hash.ts';
import { type CheckedPicture, checkPicture, type Picture } from './picture.ts';
import { hashVariants } from './variants.ts';

/** Shares of the picture that are cut from each of its sides. */
interface Cuts {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What is cut of each side, and of one side only. Copies between two of them are found by the nearer one. */
const EACH_SIDE = [0.025, 0.05, 0.075, 0.1];
const ONE_SIDE = [0.03, 0.06, 0.09, 0.12];
const SIDES = ['left', 'top', 'right', 'bottom'] as const;
const NONE: Cuts = { left: 0, top: 0, right: 0, bottom: 0 };

const CROPS: readonly (readonly [name: string, cuts: Cuts])[] = [
  ...EACH_SIDE.map((share) => [`${share * 100} % of each side`, allSides(share)] as const),
  ...ONE_SIDE.flatMap((share) =>
    SIDES.map((side) => [`${share * 100} % ${side}`, { ...NONE, [side]: share }] as const),
  ),
];

function allSides(share: number): Cuts {
  return { left: share, top: share, right: share, bottom: share };
}

export interface HashedCrop extends HashedPicture {
  /** Such as `5 % of each side`, `6 % left` or `without borders`. */
  readonly name: string;
}

/**
 * Hashes the 20 crops of a picture, at the resolution of the picture, and what is left of it without uniform borders or bars of its own: none
 * for most pictures, at most four. If somebody adds borders of the same colour, a device strips both. For authorities that list the picture; a
 * device that checks one uses `hashVariants`. A picture of few pixels gives an empty array.
 * @example hashCrops(pdq, picture).map(({ name, hash }) => [name, toHex(hash)])
 * @throws {PdqError} for a picture whose numbers do not fit together
 */
export function hashCrops(hasher: Pick<Hasher, 'hash'>, picture: Picture, options?: HashOptions): HashedCrop[] {
  const checked = checkPicture(picture);
  if (Math.min(checked.width, checked.height) < LEAST_SIDE) return [];
  const crops = CROPS.map(([name, cuts]) => ({ name, ...hasher.hash(cropped(checked, cuts), options) }));
  const borderless = hashVariants(hasher, picture, ['borders'], undefined, options);
  return [...crops, ...borderless.map(({ group: _, ...crop }) => crop)];
}

/** Below it some of the crops are the same pixels. */
const LEAST_SIDE = 64;

/** Shares the picture's memory. */
function cropped({ data, width, height, channels, stride }: CheckedPicture, cuts: Cuts): Picture {
  const [left, top] = [Math.round(width * cuts.left), Math.round(height * cuts.top)];
  const right = width - Math.round(width * cuts.right);
  const bottom = height - Math.round(height * cuts.bottom);
  const rows = data.subarray(top * stride + left * channels, (bottom - 1) * stride + right * channels);
  return { data: rows, width: right - left, height: bottom - top, channels, stride };
}
