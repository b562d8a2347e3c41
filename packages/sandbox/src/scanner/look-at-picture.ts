/**
 * One picture: decodes it, looks up its hashes, runs the models, and does the same for the later frames of an animation.
 * Flow: scan, inside → here → decode, look-up-still, match, parts. Promise: findings stand whatever the fault; a match is `near` only if
 * the models saw the same look and no other; pixels, coefficients and the hasher's memory are zeros when it returns. Spec: docs/design/hashing.md#formats
 */
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import type { PlanModel } from '@lodestone/protocol/sandbox';
import type { KnownFinding, SensitiveFinding } from '@lodestone/protocol/verdict';
import type { Pdq } from '@lodestone/pdq';
import type { Fault } from '../parts/containers/input.ts';
import type { DecodeLaterFrames, Unseen } from '../decode/animation.ts';
import { isAnimated } from '../decode/is-animated.ts';
import type { Looks } from '../decode/looks.ts';
import type { Pixels } from '../decode/pixels.ts';
import type { Still, StillDecoder } from '../decode/still.ts';
import { classifierInput } from '../parts/classifier/input.ts';
import { hashPicture, wipeHasher } from './hash-picture.ts';
import type { LazyParts } from './lazy-parts.ts';
import { lookUpStill } from './look-up-still.ts';
import {
  asParts,
  clearCoefficients,
  distinct,
  FRAME_VARIANTS,
  type ListLookup,
  matchNear,
  onlyWith,
  type PictureHashes,
} from './match.ts';
import { matchVideo } from './match-video.ts';

export interface PictureTools {
  readonly pdq: Pdq;
  readonly decoder: StillDecoder;
  readonly decodeLaterFrames: DecodeLaterFrames;
  readonly parts: Pick<LazyParts, 'run'>;
}

export interface Looked {
  /** Any number for each list. */
  readonly near: readonly KnownFinding[];
  readonly sensitive: readonly SensitiveFinding[];
  /** Models that did not run, in rising order. */
  readonly failedModels: readonly number[];
  /** Why not all of it was looked at. */
  readonly fault: Fault | undefined;
}

/** @param onDecoded called when the first frame is decoded */
export async function lookAtPicture(
  tools: PictureTools,
  still: Still,
  lookups: readonly ListLookup[],
  models: readonly PlanModel[],
  onDecoded: () => void = () => undefined,
): Promise<Looked> {
  const looks = await tools.decoder.decode(still);
  if ('reason' in looks) return { near: [], sensitive: [], failedModels: [], fault: looks.reason };
  onDecoded();
  const seen: PictureHashes[] = [];
  try {
    const first = await lookUpStill(tools, still, looks, lookups, seen);
    const classified = [await classify(tools.parts, looks, models)];
    const later = isAnimated(still.bytes, still.type)
      ? await lookAtLaterFrames(
          tools,
          still,
          { pixels: looks.pixels, hashes: first.hashes },
          lookups,
          seen,
          async (pixels) => {
            classified.push(await classify(tools.parts, { pixels, full: pixels }, models));
          },
        )
      : undefined;
    const fault = looks.isWhole ? later?.unseen : 'decode';
    const near = [...first.near, ...(later?.near ?? [])];
    const hasOneLook = !looks.onBlack && (!later || later.isStill);
    return { near: hasOneLook ? near : asParts(near), ...strongest(classified), fault };
  } finally {
    looks.pixels.data.fill(0);
    looks.onBlack?.data.fill(0);
    clearCoefficients(seen);
  }
}

/** Frames after the first, each as a picture and all together as a set among the lists' videos. */
async function lookAtLaterFrames(
  { pdq, decodeLaterFrames }: PictureTools,
  still: Still,
  first: { readonly pixels: Pixels; readonly hashes: PictureHashes },
  lookups: readonly ListLookup[],
  seen: PictureHashes[],
  classifyFrame: (pixels: Pixels) => Promise<void>,
): Promise<{ near: KnownFinding[]; unseen: Unseen | undefined; isStill: boolean }> {
  const hashes: PictureHashes[] = [first.hashes];
  const ofFrames = onlyWith(FRAME_VARIANTS, lookups);
  const unseen = await decodeLaterFrames(still, async (pixels, position, count) => {
    const hashed = hashPicture(pdq, pixels, pixels, ofFrames);
    hashes.push(hashed);
    seen.push(hashed);
    const every = Math.ceil(count / (SCAN_LIMITS.animationClassified - 1)); // the first frame has been classified
    if (position % every === 0) await classifyFrame(pixels);
  });
  first.pixels.data.fill(0);
  wipeHasher(pdq, first.pixels, lookups);
  const frames = distinct(hashes);
  const near = await matchNear(
    ofFrames,
    frames.filter((frame) => frame !== first.hashes), // which was looked up
  );
  const isStill = hashes.length === 1 && !unseen;
  return { near: frames.length > 1 ? [...near, ...matchVideo(ofFrames, frames)] : near, unseen, isStill };
}

type Classified = Pick<Looked, 'sensitive' | 'failedModels'>;

/** A model sees a picture on each background; if it fails on one of them, it has failed. */
async function classify(
  parts: PictureTools['parts'],
  { pixels, onBlack, full }: Pick<Looks, 'pixels' | 'onBlack' | 'full'>,
  models: readonly PlanModel[],
): Promise<Classified> {
  const sensitive: SensitiveFinding[] = [];
  const failedModels: number[] = [];
  for (const [model, { manifestDigest, minBucket }] of models.entries()) {
    const buckets: unknown[] = [];
    for (const look of onBlack ? [pixels, onBlack] : [pixels]) {
      buckets.push(await parts.run('classifier', manifestDigest, () => classifierInput(look, full)));
    }
    const numbers = buckets.filter((bucket) => typeof bucket === 'number');
    const bucket = Math.max(...numbers);
    if (numbers.length < buckets.length) failedModels.push(model);
    else if (bucket >= minBucket) sensitive.push({ kind: 'sensitive', model, bucket });
  }
  return { sensitive, failedModels };
}

/** For each model its highest bucket. A model that found something has not failed, whatever happened with another frame. */
function strongest(frames: readonly Classified[]): Classified {
  const byModel = new Map<number, SensitiveFinding>();
  for (const finding of frames.flatMap(({ sensitive }) => sensitive)) {
    if (finding.bucket > (byModel.get(finding.model)?.bucket ?? -1)) byModel.set(finding.model, finding);
  }
  return {
    sensitive: [...byModel.values()].sort((a, b) => a.model - b.model),
    failedModels: [...new Set(frames.flatMap(({ failedModels }) => failedModels))]
      .filter((model) => !byModel.has(model))
      .sort((a, b) => a - b),
  };
}
