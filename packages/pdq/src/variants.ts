/**
 * Hashes of a picture as it may have been before an edit: cropped, padded, rotated by a few degrees, enlarged from few pixels. PDQ alone
 * finds none of these. Promise: one reduction of the picture, then one sampling and one hash a variant; copies of the picture are zeros at
 * the end.
 * Flow: host → here → grey plane → kernel. Spec: docs/design/hashing.md#variants
 */
import { PdqError } from './error.ts';
import {
  blurred,
  type GreyPlane,
  greyPlane,
  partOf,
  type Reduction,
  SAMPLED_SIDE,
  sample,
  type Window,
} from './grey-plane.ts';
import { type HashedPicture, type Hasher, type HashOptions, isTooSmall } from './hash.ts';
import type { Picture } from './picture.ts';
import { type Inner, wholePlane, withoutBars, withoutBorders, withoutEvenBorders } from './uniform-borders.ts';

/** `phase`: sampled at exact centres; `margins`: crops undone; `borders`: padding and bars stripped; `rotations`: turned back. */
export const variantGroups = ['phase', 'margins', 'borders', 'rotations'] as const;

export type VariantGroup = (typeof variantGroups)[number];

export interface HashedVariant extends HashedPicture {
  readonly group: VariantGroup;
  /** Such as `margin 2 %` or `rotated -3°, grown`. */
  readonly name: string;
}

interface NamedWindow {
  readonly name: string;
  /** Blurred. */
  readonly plane: GreyPlane;
  readonly window: Window;
}

/** What was cut from each side, as a share of the picture before. */
const CROPS = [0.005, 0.01, 0.02, 0.04];
/** What was cut from one side only. */
const ONE_SIDED_CROPS = [0.03, 0.06];
const DEGREES = [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5];

/**
 * @param plane the picture, blurred; @param sharp not blurred: a border would run into the picture; @param made gets each further copy at once, so
 * that it is overwritten even if the next one does not fit into memory
 */
type Windows = (plane: GreyPlane, sharp: GreyPlane, made: GreyPlane[]) => NamedWindow[];

const WINDOWS: Readonly<Record<VariantGroup, Windows>> = {
  phase: (plane) => [{ name: 'exact centres', plane, window: windowOf(whole(plane)) }],
  margins,
  borders: (_, sharp, made) => borders(sharp, made),
  rotations: (plane) => DEGREES.flatMap((degrees) => rotations(plane, degrees)),
};

/**
 * Hashes the variants of these groups, without the picture's own hash. A group without a variant of this picture (no border was found)
 * gives none.
 * @param reduction for a picture that was reduced in another way than in proportion
 * @example hashVariants(pdq, picture, ['margins', 'borders']).map(({ name, hash }) => [name, toHex(hash)])
 * @throws {PdqError} `ERR_PDQ_OPTION` for an unknown group; others for a picture whose numbers do not fit together
 */
export function hashVariants(
  hasher: Pick<Hasher, 'hash'>,
  picture: Picture,
  groups: readonly VariantGroup[] = variantGroups,
  reduction?: Reduction,
  options?: HashOptions,
): HashedVariant[] {
  for (const group of groups)
    if (!variantGroups.includes(group))
      throw new PdqError('ERR_PDQ_OPTION', `groups must be of ${variantGroups.join(', ')}, not ${group as string}`);
  const sharp = greyPlane(picture, reduction);
  const planes = [sharp];
  const data = new Uint8Array(SAMPLED_SIDE * SAMPLED_SIDE);
  const hashed: HashedVariant[] = [];
  const hashOfSample = (): HashedPicture =>
    hasher.hash({ data, width: SAMPLED_SIDE, height: SAMPLED_SIDE, channels: 1 }, options);
  /** The hasher keeps the samples of the last picture. */
  const forgetSample = (): void => {
    data.fill(0);
    hashOfSample();
  };
  try {
    if (isTooSmall(picture)) return [];
    // Borders are blurred apart. Most pictures have none, and of a video's frames nothing else is asked for.
    const plane = groups.some((group) => group !== 'borders') ? blurred(sharp) : sharp;
    planes.push(plane);
    const windows = groups.flatMap((group) =>
      WINDOWS[group](plane, sharp, planes).map((window) => ({ group, ...window })),
    );
    for (const { group, name, plane: source, window } of windows) {
      sample(source, window, data);
      hashed.push({ group, name, ...hashOfSample() });
    }
    forgetSample();
    return hashed;
  } catch (error) {
    for (const { coefficients } of hashed) coefficients?.fill(0);
    forgetSample();
    throw error;
  } finally {
    for (const plane of planes) plane.data.fill(0);
  }
}

/** A crop leaves 1 - 2 × share of a side, so the margin that undoes it is a larger share of what is left. */
function margins(plane: GreyPlane): NamedWindow[] {
  const { left, top, right, bottom } = whole(plane);
  const { spanX, spanY } = plane;
  const all = CROPS.map((crop) => {
    const [x, y] = [(spanX * crop) / (1 - 2 * crop), (spanY * crop) / (1 - 2 * crop)];
    return named(plane, `margin ${100 * crop} %`, {
      left: left - x,
      top: top - y,
      right: right + x,
      bottom: bottom + y,
    });
  });
  const oneSided = ONE_SIDED_CROPS.flatMap((crop) => {
    const [x, y] = [(spanX * crop) / (1 - crop), (spanY * crop) / (1 - crop)];
    const of = (side: string, change: Partial<Inner>): NamedWindow =>
      named(plane, `margin ${100 * crop} % ${side}`, { left, top, right, bottom, ...change });
    return [
      of('left', { left: left - x }),
      of('top', { top: top - y }),
      of('right', { right: right + x }),
      of('bottom', { bottom: bottom + y }),
    ];
  });
  return [...all, ...oneSided];
}

/** What differs from the picture, and from each other. */
function borders(sharp: GreyPlane, made: GreyPlane[]): NamedWindow[] {
  const bars = withoutBars(sharp);
  const candidates = [
    ['without borders', withoutBorders(sharp)],
    ['without even borders', withoutEvenBorders(sharp)],
    ['without bars', bars],
    ['without bars and borders', withoutBorders(sharp, bars)],
  ] as const;
  const found = new Map([[keyOf(wholePlane(sharp)), 'the picture']]);
  return candidates.flatMap(([name, inner]) => {
    if (found.has(keyOf(inner))) return [];
    found.set(keyOf(inner), name);
    const part = partOf(sharp, inner.left, inner.top, inner.right, inner.bottom);
    made.push(part);
    const plane = blurred(part);
    made.push(plane);
    part.data.fill(0);
    return [named(plane, name, whole(plane))];
  });
}

function keyOf({ left, top, right, bottom }: Inner): string {
  return [left, top, right, bottom].join();
}

/** The picture before it was rotated about its centre: if the canvas grew with it, if it stayed, and if what has no corner was cropped. */
function rotations(plane: GreyPlane, degrees: number): NamedWindow[] {
  const { left, top, spanX, pixelHeight } = plane;
  const spanY = plane.spanY * pixelHeight;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [grownX, grownY] = [spanX * cos + spanY * Math.abs(sin), spanY * cos + spanX * Math.abs(sin)];
  const square = cos * cos - sin * sin;
  const largest = Math.max(grownX / spanX, grownY / spanY);
  const before = {
    grown: [(spanX * cos - spanY * Math.abs(sin)) / square, (spanY * cos - spanX * Math.abs(sin)) / square],
    'same canvas': [spanX, spanY],
    cropped: [spanX * largest, spanY * largest],
  } as const;
  return Object.entries(before).map(([canvas, [width, height]]) => {
    const across = [width * cos, (width * sin) / pixelHeight] as const;
    const down = [-height * sin, (height * cos) / pixelHeight] as const;
    const origin = [left + (spanX - across[0] - down[0]) / 2, top + (plane.spanY - across[1] - down[1]) / 2] as const;
    return { name: `rotated ${degrees > 0 ? '+' : ''}${degrees}°, ${canvas}`, plane, window: { origin, across, down } };
  });
}

function whole({ left, top, spanX, spanY }: GreyPlane): Inner {
  return { left, top, right: left + spanX, bottom: top + spanY };
}

function named(plane: GreyPlane, name: string, inner: Inner): NamedWindow {
  return { name, plane, window: windowOf(inner) };
}

function windowOf({ left, top, right, bottom }: Inner): Window {
  return { origin: [left, top], across: [right - left, 0], down: [0, bottom - top] };
}
