/**
 * Locks photographs as an authority does, and looks copies up as the sandbox does: which copies does a list find that a device cannot read?
 * Flow: measure → here → figures.
 */
import { marginsOf } from '@lodestone/pdq';
import {
  createLocker,
  flipCosts,
  loadArgon2id,
  loadBlake3,
  LockedBudget,
  LockedIndex,
  rankSubsets,
} from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';
import { type ListRecord, parseRelease, printRelease } from '@lodestone/protocol/list-file';
import type { LockedParameters } from '@lodestone/protocol/locked-rows';
import { shareOf } from '@lodestone/sandbox/locked-shares';
import type { VariantGroup } from '@lodestone/pdq';

/** A hash with what a locked list needs of it. */
export interface ReliableHash {
  readonly hash: Uint8Array;
  readonly coefficients: Float32Array;
  /** Missing for the picture's own hash. */
  readonly group?: VariantGroup;
  readonly name?: string;
}

/** The rows of a photograph in a list. */
export interface LockedEntry {
  readonly own: ReliableHash;
  readonly crops: readonly ReliableHash[];
}

/**
 * The distance of the nearest row that opens, or Infinity: by the copy's own hash and with all variants, in a list of the pictures alone and in
 * one with their crops.
 */
export interface NearestLocked {
  readonly own: number;
  readonly variants: number;
  readonly crops: number;
  readonly everything: number;
}

/** Those of an authority, but Argon2id costs as little as it can: it does not decide what opens. */
export const MEASURED: Omit<LockedParameters, 'salt' | 'tablesDigest'> = {
  bits: 96,
  subsets: LOCKED_LIMITS.subsets,
  slots: 4,
  tries: 8_192,
  memoryKiB: LOCKED_LIMITS.leastMemoryKiB,
};

/** The locked list of these photographs, as its file. */
export async function lockedFile(
  entries: readonly LockedEntry[],
  rowsOf: (entry: LockedEntry) => readonly ReliableHash[],
): Promise<Uint8Array<ArrayBuffer>> {
  const blake3 = await loadBlake3();
  const parameters = { ...MEASURED, salt: new Uint8Array(32).fill(1), tablesDigest: new Uint8Array(32) };
  const locker = createLocker({ blake3, slowHash: nodeArgon2id }, parameters, new Uint8Array(32).fill(2));
  const records: ListRecord[] = [];
  const tags = new Set<number>();
  for (const [i, one] of entries.entries())
    for (const { hash, coefficients } of rowsOf(one)) {
      const ranked = rankSubsets(locker.subsets, flipCosts(marginsOf(coefficients)));
      const free = ranked.filter((subset) => !tags.has(locker.tagOf(hash, subset))).slice(0, parameters.slots);
      // Nearly the same as another row of the photograph: one of them is enough.
      if (free.length < parameters.slots) continue;
      for (const subset of free) tags.add(locker.tagOf(hash, subset));
      records.push({ type: 'locked', entry: i + 1, payload: await locker.lock(hash, free) });
    }
  return printRelease(records, parameters);
}

const OWN_ROWS = ({ own }: LockedEntry): readonly ReliableHash[] => [own];
export const ALL_ROWS = ({ own, crops }: LockedEntry): readonly ReliableHash[] => [own, ...crops];

/** @param most distance that counts */
export async function lockEntries(
  entries: readonly LockedEntry[],
  most: number,
): Promise<(entry: number, hashes: readonly ReliableHash[]) => Promise<NearestLocked>> {
  const blake3 = await loadBlake3();
  const listOf = async (rowsOf: typeof OWN_ROWS): Promise<Searched> => {
    const { locked } = parseRelease(await lockedFile(entries, rowsOf));
    if (!locked) throw new Error('the release has no locked rows');
    // The slow hash of devices: the other one has made the rows.
    return { index: new LockedIndex({ blake3, slowHash: await loadArgon2id() }, locked), entries: locked.entries };
  };
  const pictures = await listOf(OWN_ROWS);
  const withCrops = await listOf(ALL_ROWS);

  const nearest = async (list: Searched, entry: number, hashes: readonly ReliableHash[]): Promise<number> => {
    const queries = hashes.map((one) => ({
      hash: one.hash,
      costs: flipCosts(marginsOf(one.coefficients)),
      share: shareOf(one),
    }));
    const { matches } = await list.index.queryBatch(queries, most, new LockedBudget());
    const distances = matches
      .flat()
      .flatMap(({ row, distance }) => (list.entries[row] === entry + 1 ? [distance] : []));
    return Math.min(...distances, Infinity);
  };
  return async (entry, hashes) => {
    const own = hashes.filter(({ group }) => group === undefined);
    return {
      own: await nearest(pictures, entry, own),
      variants: await nearest(pictures, entry, hashes),
      crops: await nearest(withCrops, entry, own),
      everything: await nearest(withCrops, entry, hashes),
    };
  };
}

interface Searched {
  readonly index: LockedIndex;
  readonly entries: Uint32Array;
}
