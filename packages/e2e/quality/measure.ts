/**
 * Edits photographs, and measures how far the hashes of each copy are from the original's; and how far those of different photographs are.
 * Flow: main → here → figures.
 */
import { distance, hashCrops, hashVariants, loadPdq, type VariantGroup } from '@lodestone/pdq';
import sharp from 'sharp';
import { EDITS, type Pixels, pixelsOf } from './edits.ts';

/** Below it lists exclude a picture. */
const LEAST_QUALITY = 50;
/** Larger originals are reduced first: nothing else of the run would be so slow. */
const LONGEST_SIDE = 1280;

/** Two packages have the same photograph, encoded twice. */
const SAME_PHOTOGRAPH = 31;

/** The picture's own hash, or the nearest of a group of variants. */
export type Way = 'plain' | VariantGroup;
/** The nearest distance to the original's own hash of each way, one that gave no hash is missing; and to the hashes of its crops. */
export interface Nearest {
  readonly toOwn: Readonly<Partial<Record<Way, number>>>;
  readonly toCrops: { readonly plain: number; readonly all: number };
}

/** The rows of an entry, and the hashes of a picture that is looked up. */
interface Hashed {
  readonly own: Uint8Array;
  readonly crops: readonly Uint8Array[];
  readonly ways: ReadonlyMap<Way, readonly Uint8Array[]>;
}

export interface Measured {
  /** For each edit, in the order of EDITS, one for each photograph. */
  readonly copies: readonly (readonly Nearest[])[];
  /** For each pair of different photographs: the second's hashes against the first's rows. */
  readonly others: readonly Nearest[];
}

export async function measure(files: readonly string[], say: (line: string) => void): Promise<Measured> {
  const pdq = await loadPdq();
  const copies: Nearest[][] = EDITS.map(() => []);
  const hashed: Hashed[] = [];

  const waysOf = (picture: Pixels): Map<Way, Uint8Array[]> => {
    const channels = { ...picture, channels: 3 } as const;
    const ways = new Map<Way, Uint8Array[]>([['plain', [pdq.hash(channels).hash]]]);
    for (const { group, hash } of hashVariants(pdq, channels)) ways.set(group, [...(ways.get(group) ?? []), hash]);
    return ways;
  };

  for (const [i, file] of files.entries()) {
    const original = await pixelsOf(
      sharp(file).rotate().resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true }),
    );
    const { hash: own, quality } = pdq.hash({ ...original, channels: 3 });
    const isPublishedTwice = hashed.some((one) => distance(one.own, own) <= SAME_PHOTOGRAPH);
    if (quality < LEAST_QUALITY || isPublishedTwice) continue;
    const crops = hashCrops(pdq, { ...original, channels: 3 })
      .filter((crop) => crop.quality >= LEAST_QUALITY)
      .map(({ hash }) => hash);
    const listed: Hashed = { own, crops, ways: waysOf(original) };
    for (const [at, edit] of EDITS.entries()) copies[at]?.push(nearest(listed, waysOf(await edit.apply(original, i))));
    hashed.push(listed);
    if (hashed.length % 25 === 0) say(`${hashed.length} photographs`);
  }
  const others = hashed.flatMap((listed) =>
    hashed.flatMap((query) => (query === listed ? [] : [nearest(listed, query.ways)])),
  );
  return { copies, others };
}

function nearest({ own, crops }: Hashed, ways: ReadonlyMap<Way, readonly Uint8Array[]>): Nearest {
  const toCrops = (hashes: readonly Uint8Array[]): number =>
    Math.min(...crops.flatMap((crop) => hashes.map((hash) => distance(hash, crop))));
  return {
    toOwn: Object.fromEntries(
      [...ways].map(([way, hashes]) => [way, Math.min(...hashes.map((hash) => distance(hash, own)))]),
    ),
    toCrops: { plain: toCrops(ways.get('plain') ?? []), all: toCrops([...ways.values()].flat()) },
  };
}
