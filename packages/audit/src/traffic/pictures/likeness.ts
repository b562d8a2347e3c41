/**
 * Whether a picture looks like an attached one: PDQ, or, for small and flat pictures, the correlation of reduced planes and of
 * their details. Pure. Flow: picture-search.ts → here. Thresholds: measured, docs/design/audit.md#pictures
 */
import { distance } from '@lodestone/pdq';
import {
  type Bounded,
  bounded,
  correlation,
  correlationFrom,
  details,
  exchangesSides,
  middleSquare,
  normalised,
  orient,
  ORIENTATIONS,
  type OrientationBits,
  type Plane,
  reduce,
  withoutBars,
} from './plane.ts';

/** What is kept of a decoded picture. */
export interface Look {
  width: number;
  height: number;
  /** Brightness, reduced so that the shorter side is at most `LOOK_SIDE`; with the proportions of the picture, so that its middle can be cut out. */
  plane: Plane;
  /** PDQ of the eight orientations, as decoded first; empty if a side is below 5 pixels. */
  pdq: readonly Uint8Array[];
  /** PDQ quality, 0 to 100. */
  quality: number;
  /** The picture as the browser itself reduces it to tiny sizes, with and without smoothing. Only for attached pictures. */
  renderings: readonly Plane[];
}

export const LOOK_SIDE = 64;

/** Bits: the largest distance of a match in an order. Spec: docs/design/hashing.md#matching */
const PDQ_DISTANCE = 31;
/** Below, a PDQ hash is of too few features. Spec: docs/design/hashing.md#pdq */
const PDQ_QUALITY = 50;
/** Planes are compared at this size, or at their own if that is smaller. */
const GRID_SIDE = 16;
/** Grey levels. Flatter planes have no picture to compare. */
const LEAST_DEVIATION = 1;

/**
 * Least correlation of the planes and of their details, by the shorter side of the grid. In 23,402 pairs of crops of unrelated
 * pictures the details reach 0.61 at 16 and 0.87 at 8; in reduced copies of the same picture they stay above 0.9 at their own size.
 */
const LEAST: readonly (Least & { side: number })[] = [
  { side: 12, plane: 0.7, details: 0.7 },
  { side: 8, plane: 0.9, details: 0.9 },
];

interface Least {
  plane: number;
  details: number;
}

export interface Likeness {
  file: string;
  /** "12 of 256 PDQ bits differ", "correlation 0.98". */
  how: string;
}

export interface Gallery {
  /** The attached pictures that can be recognised by their planes; the others are nearly of one brightness. */
  recognisable: readonly string[];
  like(look: Pick<Look, 'plane' | 'pdq' | 'quality'>): Likeness | undefined;
  likePlane(plane: Plane): Likeness | undefined;
}

interface Reference {
  file: string;
  look: Look;
  /** The whole picture, and the square in the middle, from which many apps make previews. */
  views: readonly Plane[];
  /** Normalised planes by grid size and view. */
  grids: Map<string, readonly Compared[]>;
  /** Normalised renderings in all orientations, by size. */
  renderings: ReadonlyMap<string, readonly Compared[]>;
}

/** Most planes are like none, so their details are calculated only when needed, and then once. */
interface ComparedLater {
  plane(): Bounded | undefined;
  details(): Float64Array | undefined;
}

interface Compared {
  plane: Bounded;
  details: Float64Array;
  orientation: OrientationBits;
}

export function createGallery(pictures: readonly { name: string; look: Look }[]): Gallery {
  const references = pictures.map(({ name: file, look }): Reference => {
    const square = middleSquare(look.plane);
    return {
      file,
      look,
      views: square ? [look.plane, square] : [look.plane],
      grids: new Map(),
      renderings: orientedRenderings(look),
    };
  });
  const likePlane = (plane: Plane): Likeness | undefined => {
    const trimmed = withoutBars(plane);
    for (const view of trimmed ? [plane, trimmed] : [plane]) {
      const grid = gridOf(view);
      const tiny = comparedLater(view);
      for (const reference of references) {
        const found = (grid && compareGrids(grid, reference)) ?? compareRenderings(view, tiny, reference);
        if (found) return { file: reference.file, how: found };
      }
    }
    return undefined;
  };
  return {
    recognisable: references
      .filter(({ look }) => normalised(look.plane, LEAST_DEVIATION) !== undefined)
      .map(({ file }) => file),
    likePlane,
    like: (look) => likeByPdq(look, references) ?? likePlane(look.plane),
  };
}

function likeByPdq(
  { pdq, quality }: Pick<Look, 'pdq' | 'quality'>,
  references: readonly Reference[],
): Likeness | undefined {
  const [hash] = pdq;
  if (hash === undefined || quality < PDQ_QUALITY) return undefined;
  for (const { file, look } of references) {
    if (look.quality < PDQ_QUALITY) continue;
    const nearest = Math.min(...look.pdq.map((one) => distance(one, hash)));
    if (nearest <= PDQ_DISTANCE) return { file, how: `${nearest} of 256 PDQ bits differ` };
  }
  return undefined;
}

interface Grid {
  width: number;
  height: number;
  least: Least;
  given: ComparedLater;
}

function gridOf(plane: Plane): Grid | undefined {
  const [width, height] = [Math.min(GRID_SIDE, plane.width), Math.min(GRID_SIDE, plane.height)];
  const least = LEAST.find(({ side }) => Math.min(width, height) >= side);
  return least && { width, height, least, given: comparedLater(reduce(plane, width, height)) };
}

function compareGrids({ width, height, least, given }: Grid, reference: Reference): string | undefined {
  return firstLike(given, gridsOf(reference, width, height), least);
}

function firstLike(given: ComparedLater, others: readonly Compared[], least: Least): string | undefined {
  const plane = given.plane();
  if (!plane) return undefined;
  for (const other of others) {
    const r = correlationFrom(least.plane, plane, other.plane);
    if (r === undefined) continue;
    const fine = given.details();
    if (!fine) return undefined;
    const d = correlation(fine, other.details);
    // Equal signs: both are negative if the picture is inverted.
    if (Math.abs(d) >= least.details && r * d > 0) return describe(r, other.orientation);
  }
  return undefined;
}

function gridsOf({ grids, views }: Reference, width: number, height: number): readonly Compared[] {
  const key = sizeKey({ width, height });
  const known = grids.get(key);
  if (known) return known;
  const made = views.flatMap((view) => {
    // Reduced before it is turned, which is the same and turns fewer values.
    const upright = reducedTo(view, width, height);
    const lying = reducedTo(view, height, width);
    return ORIENTATIONS.flatMap((orientation) => {
      const small = exchangesSides(orientation) ? lying : upright;
      const compared = small && comparable(orient(small, orientation));
      return compared ? [{ ...compared, orientation }] : [];
    });
  });
  grids.set(key, made);
  return made;
}

function reducedTo(view: Plane, width: number, height: number): Plane | undefined {
  return view.width < width || view.height < height ? undefined : reduce(view, width, height);
}

/** A tiny preview has the same pixels as the browser's own reduction, which averages fewer pixels than ours. */
function compareRenderings(plane: Plane, given: ComparedLater, { renderings }: Reference): string | undefined {
  return firstLike(given, renderings.get(sizeKey(plane)) ?? [], TINY_LEAST);
}

function orientedRenderings({ renderings }: Look): ReadonlyMap<string, readonly Compared[]> {
  const all = renderings.flatMap((rendering) =>
    ORIENTATIONS.flatMap((orientation) => {
      const turned = orient(rendering, orientation);
      const compared = comparable(turned);
      return compared ? [{ size: sizeKey(turned), compared: { ...compared, orientation } }] : [];
    }),
  );
  return new Map(
    Array.from(
      Map.groupBy(all, ({ size }) => size),
      ([size, group]) => [size, group.map(({ compared }) => compared)],
    ),
  );
}

function sizeKey({ width, height }: Pick<Plane, 'width' | 'height'>): string {
  return `${width}×${height}`;
}

const TINY_LEAST: Least = { plane: 0.9, details: 0.9 };

function comparable(plane: Plane): Pick<Compared, 'plane' | 'details'> | undefined {
  const later = comparedLater(plane);
  const [whole, fine] = [later.plane(), later.details()];
  return whole && fine && { plane: whole, details: fine };
}

function comparedLater(plane: Plane): ComparedLater {
  return {
    plane: once(() => {
      const values = normalised(plane, LEAST_DEVIATION);
      return values && bounded(values, plane.width, plane.height);
    }),
    details: once(() => normalised(details(plane), 0)),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function describe(r: number, orientation: OrientationBits): string {
  return [
    `correlation ${Math.abs(r).toFixed(2)}`,
    ...(orientation === 0 ? [] : ['turned or mirrored']),
    ...(r < 0 ? ['inverted'] : []),
  ].join(', ');
}
