/**
 * Hashes a decoded still in each way in which it may be shown or listed, and looks the hashes up. Flow: scan → here → match.
 * Promise: a picture whose hash the reduction would change is hashed at full size too; pixels at full size and the hasher's memory are
 * zeros afterwards. Spec: docs/design/hashing.md#drift
 */
import { distance, type Pdq } from '@lodestone/pdq';
import type { KnownFinding } from '@lodestone/protocol/verdict';
import type { Background } from '../decode/flatten-alpha.ts';
import type { Looks } from '../decode/looks.ts';
import type { Pixels, Size } from '../decode/pixels.ts';
import type { Still, StillDecoder } from '../decode/still.ts';
import { hashAsShown, hashPicture, wipeHasher } from './hash-picture.ts';
import { type ListLookup, matchNear, type PictureHashes } from './match.ts';

interface LookUpTools {
  readonly pdq: Pdq;
  readonly decoder: Pick<StillDecoder, 'decodeAtFullSize'>;
}

export interface LookedUp {
  /** At most one for each list and hash. */
  readonly near: readonly KnownFinding[];
  /** Of the reduced picture on white. */
  readonly hashes: PictureHashes;
}

/** @param seen gets the hashes of each look; the caller overwrites their coefficients */
export async function lookUpStill(
  tools: LookUpTools,
  still: Still,
  { pixels, onBlack, full }: Looks,
  lookups: readonly ListLookup[],
  seen: PictureHashes[],
): Promise<LookedUp> {
  const isReduced = full.width !== pixels.width || full.height !== pixels.height;
  const lookUp = async (look: Pixels, background: Background): Promise<LookedUp> => {
    const drifts = isReduced && isUnstable(tools.pdq, look, full);
    const hashes = hashPicture(tools.pdq, look, full, lookups);
    seen.push(hashes);
    const near = await matchNear(lookups, [hashes]);
    wipeHasher(tools.pdq, { ...look, data: new Uint8ClampedArray(look.data.length) }, lookups);
    if (!drifts) return { near, hashes };
    return { near: [...near, ...(await lookUpAtFullSize(tools, still, background, lookups, seen))], hashes };
  };
  const onWhite = await lookUp(pixels, 'white');
  if (!onBlack) return onWhite;
  const { near } = await lookUp(onBlack, 'black');
  return { near: [...onWhite.near, ...near], hashes: onWhite.hashes };
}

async function lookUpAtFullSize(
  { pdq, decoder }: LookUpTools,
  still: Still,
  background: Background,
  lookups: readonly ListLookup[],
  seen: PictureHashes[],
): Promise<KnownFinding[]> {
  const all = await decoder.decodeAtFullSize(still, background);
  if (!all) return [];
  const hashes = hashAsShown(pdq, all, lookups);
  seen.push(hashes);
  all.data.fill(0);
  wipeHasher(pdq, all, lookups);
  return matchNear(lookups, [hashes]);
}

/**
 * How many bits of the hash change if the picture moves by one of its reduced pixels, where its hash at full size may drift by more than 4
 * bits. Photographs change 2 to 24 bits; stripes, symmetric and repeated pictures 52 to 150. Large photographs hardly drift, and are
 * expensive at full size.
 */
const UNSTABLE_BITS = 14;
const UNSTABLE_BITS_OF_LARGE = 40;
const LARGE_PIXELS = 4 * 2 ** 20;

/** Whether moving the picture by one of its reduced pixels changes the hash by much. Then reducing it does too. */
function isUnstable(pdq: Pdq, { width, height, data }: Pixels, full: Size): boolean {
  if (width < 2 || height < 2) return false;
  const part = { width: width - 1, height: height - 1, stride: width * 4 };
  const lower = pdq.hash({ ...part, data: data.subarray((width + 1) * 4) });
  const upper = pdq.hash({ ...part, data: data.subarray(0, (width * (height - 1) - 1) * 4) });
  const isLarge = full.width * full.height > LARGE_PIXELS;
  return distance(lower.hash, upper.hash) >= (isLarge ? UNSTABLE_BITS_OF_LARGE : UNSTABLE_BITS);
}
