/**
 * Edits photographs, and measures how far the hashes of each copy are from the original's; and how far those of different photographs are.
 * Flow: main → here → figures.
 */
import { distance, hashVariants, loadPdq, type VariantGroup } from '@lodestone/pdq';
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
/** The nearest distance of each way; one that gave no hash is missing. */
export type Nearest = Readonly<Partial<Record<Way, number>>>;

export interface Measured {
  /** For each edit, in the order of EDITS, one for each photograph. */
  readonly copies: readonly (readonly Nearest[])[];
  /** For each pair of different photographs: the second's variants against the first's own hash. */
  readonly others: readonly Nearest[];
}

export async function measure(files: readonly string[], say: (line: string) => void): Promise<Measured> {
  const pdq = await loadPdq();
  const copies: Nearest[][] = EDITS.map(() => []);
  const hashed: { own: Uint8Array; ways: Map<Way, Uint8Array[]> }[] = [];

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
    for (const [at, edit] of EDITS.entries()) copies[at]?.push(nearest(own, waysOf(await edit.apply(original, i))));
    hashed.push({ own, ways: waysOf(original) });
    if (hashed.length % 25 === 0) say(`${hashed.length} photographs`);
  }
  const others = hashed.flatMap((listed) =>
    hashed.flatMap((query) => (query === listed ? [] : [nearest(listed.own, query.ways)])),
  );
  return { copies, others };
}

function nearest(own: Uint8Array, ways: ReadonlyMap<Way, readonly Uint8Array[]>): Nearest {
  return Object.fromEntries(
    [...ways].map(([way, hashes]) => [way, Math.min(...hashes.map((hash) => distance(hash, own)))]),
  );
}
