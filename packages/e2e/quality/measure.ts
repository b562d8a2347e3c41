/**
 * Edits photographs, and measures how far the hashes of each copy are from the original's; and how far those of different photographs are.
 * Flow: main → here → figures.
 */
import {
  distance,
  hashCrops,
  type HashedPicture,
  type HashedVariant,
  hashVariants,
  loadPdq,
  type Pdq,
  type VariantGroup,
  variantGroups,
} from '@lodestone/pdq';
import sharp from 'sharp';
import { EDITS, type Pixels, pixelsOf } from './edits.ts';
import { lockEntries, type NearestLocked, type ReliableHash } from './locked.ts';

/** Below it lists exclude a picture. */
const LEAST_QUALITY = 50;
/** Larger originals are reduced first: nothing else of the run would be so slow. */
const LONGEST_SIDE = 1280;

/** In bits: the largest that orders allow. */
export const MOST = 31;

/** Two packages have the same photograph, encoded twice. */
const SAME_PHOTOGRAPH = MOST;

/** The picture's own hash, or the nearest of a group of variants. */
export type Way = 'plain' | VariantGroup;
/** The nearest distance to the original's own hash of each way, one that gave no hash is missing; and to the hashes of its crops. */
export interface Nearest {
  readonly toOwn: Readonly<Partial<Record<Way, number>>>;
  readonly toCrops: { readonly plain: number; readonly all: number };
}

/** The rows of an entry, and the hashes of a picture that is looked up. */
export interface HashedPhotograph {
  readonly file: string;
  /** Of the picture among all files, which decides some of its edits. */
  readonly number: number;
  readonly own: ReliableHash;
  readonly crops: readonly ReliableHash[];
  readonly ways: readonly ReliableHash[];
}

/** A copy, in a plain list and in a locked one. */
export interface NearestRows extends Nearest {
  readonly locked: NearestLocked;
}

export interface Measured {
  /** For each edit, in the order of EDITS, one for each photograph. */
  readonly copies: readonly (readonly NearestRows[])[];
  /** For each pair of different photographs: the second's hashes against the first's rows. */
  readonly others: readonly Nearest[];
}

/** One of several processes that share the work. */
export interface Part {
  readonly files: readonly string[];
  readonly part: number;
  readonly parts: number;
}

/** Measures every `parts`-th photograph in a list of all of them. Only the first part has the pairs of different photographs. */
export async function measurePart({ files, part, parts }: Part, say: (line: string) => void): Promise<Measured> {
  const pdq = await loadPdq();
  const hashed = await differentPhotographs(pdq, files);
  say(`${hashed.length} different photographs`);
  const nearestLocked = await lockEntries(hashed, MOST);
  const copies: NearestRows[][] = EDITS.map(() => []);
  for (const [entry, listed] of hashed.entries()) {
    if (entry % parts !== part) continue;
    const original = await openOriginal(listed.file);
    for (const [at, edit] of EDITS.entries()) {
      const ways = waysOf(pdq, await edit.apply(original, listed.number));
      copies[at]?.push({ ...nearest(listed, ways), locked: await nearestLocked(entry, ways) });
    }
    if (entry % 20 === part) say(`${entry + 1} photographs`);
  }
  const others = (part === 0 ? hashed : []).flatMap((listed) =>
    hashed.flatMap((query) => (query === listed ? [] : [nearest(listed, query.ways)])),
  );
  return { copies, others };
}

/** Without those that lists exclude, and those that are published twice. */
export async function differentPhotographs(pdq: Pdq, files: readonly string[]): Promise<HashedPhotograph[]> {
  const hashed: HashedPhotograph[] = [];
  for (const [number, file] of files.entries()) {
    const original = await openOriginal(file);
    const ways = waysOf(pdq, original);
    const { hash, quality } = pdq.hash({ ...original, channels: 3 });
    const isPublishedTwice = hashed.some((one) => distance(one.own.hash, hash) <= SAME_PHOTOGRAPH);
    if (quality < LEAST_QUALITY || isPublishedTwice) continue;
    const crops = hashCrops(pdq, { ...original, channels: 3 }, COEFFICIENTS).filter(
      (crop) => crop.quality >= LEAST_QUALITY,
    );
    hashed.push({ file, number, own: ways[0] as ReliableHash, crops: crops.map(reliable), ways });
  }
  return hashed;
}

function waysOf(pdq: Pdq, picture: Pixels): ReliableHash[] {
  const channels = { ...picture, channels: 3 } as const;
  return [
    reliable(pdq.hash(channels, COEFFICIENTS)),
    ...hashVariants(pdq, channels, variantGroups, undefined, COEFFICIENTS).map(reliable),
  ];
}

const COEFFICIENTS = { coefficients: true } as const;

export function openOriginal(file: string): Promise<Pixels> {
  return pixelsOf(sharp(file).rotate().resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true }));
}

function reliable({ hash, coefficients, ...variant }: HashedPicture & Partial<HashedVariant>): ReliableHash {
  if (!coefficients) throw new Error('PDQ returned no coefficients');
  const { group, name } = variant;
  return { hash, coefficients, ...(group && { group }), ...(name !== undefined && { name }) };
}

function nearest({ own, crops }: HashedPhotograph, ways: readonly ReliableHash[]): Nearest {
  const toOwn: Partial<Record<Way, number>> = {};
  const toCrops = { plain: Infinity, all: Infinity };
  for (const { hash, group = 'plain' } of ways) {
    toOwn[group] = Math.min(toOwn[group] ?? Infinity, distance(hash, own.hash));
    for (const crop of crops) {
      const bits = distance(hash, crop.hash);
      if (group === 'plain') toCrops.plain = Math.min(toCrops.plain, bits);
      toCrops.all = Math.min(toCrops.all, bits);
    }
  }
  return { toOwn, toCrops };
}
