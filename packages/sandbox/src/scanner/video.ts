/**
 * Looks at a video by the video part, hashes the frames that it hands over, and looks them up as a set and each as a picture.
 * Flow: scan → here → parts/video → hash → match. Promise: the time is bounded; findings in frames that were looked at stand.
 * Spec: docs/design/hashing.md#video
 */
import type { Pdq } from '@lodestone/pdq';
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol/limits';
import type { KnownFinding } from '@lodestone/protocol/verdict';
import { FrameHasher } from '../decode/frame-hash.ts';
import { type DigestInput, type Unseen, UNSEEN, type VideoInput } from '../parts/video/input.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { Looked } from './look-at-picture.ts';
import {
  clearCoefficients,
  distinct,
  isAnyLocked,
  type ListLookup,
  matchNear,
  needs,
  needsDigest,
  orElse,
  type PictureHashes,
} from './match.ts';
import { matchVideo, ofListed, ofSpreadKeys } from './match-video.ts';
import { Scenes } from './scenes.ts';

/** References from before the lockdown removes both from the scope. */
const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;

/** For the part to end by itself after its time is over. */
const GRACE_MS = 2_000;

/** Whether a list has rows that a video's frames can match. */
export function needsFrames(lookups: readonly ListLookup[]): boolean {
  return lookups.some(({ pdq, vpdq }) => pdq.entries.length + vpdq.entries.length > 0);
}

/** The bytes of a video that fits into memory, or that is read in slices. */
export type VideoBytes = Pick<VideoInput, 'sizeBytes' | 'read'>;

export function inMemory(bytes: Uint8Array): VideoBytes {
  return { sizeBytes: bytes.length, read: async (start, end) => bytes.subarray(start, end) };
}

/**
 * The SHA-256 of a video of which only a slice is in memory; the video part computes it.
 * @returns undefined if no list needs it; a reason if the host cannot read the video, or the part does not run
 */
export async function digestOfVideo(
  video: VideoBytes,
  lookups: readonly ListLookup[],
  parts: Pick<LazyParts, 'run'>,
  progress: (fraction: number) => void,
): Promise<Uint8Array | Unseen | undefined> {
  if (!needsDigest(lookups)) return undefined;
  const { sizeBytes } = video;
  const result = await runInTime(parts, video, (timeOver): DigestInput => {
    return { task: 'digest', sizeBytes, read: (start, end) => video.read(start, end), progress, timeOver };
  });
  return result instanceof Uint8Array ? result : reasonOf(result);
}

/** @param exact the lists that have a finding already; `endsEarly`: when the time for the file that the video is in is over */
export async function lookAtVideo(
  video: Uint8Array | VideoBytes,
  lookups: readonly ListLookup[],
  exact: readonly KnownFinding[],
  {
    pdq,
    parts,
    progress,
    endsEarly,
  }: { pdq: Pdq; parts: Pick<LazyParts, 'run'>; progress: (fraction: number) => void; endsEarly?: Promise<void> },
): Promise<Looked> {
  const hasExact = new Set(exact.map(({ list }) => list));
  const open = lookups.filter(({ index }) => !hasExact.has(index));
  const frames: PictureHashes[] = [];
  const hasher = new FrameHasher(pdq, {
    others: needs('orientations', open),
    borders: needs('borders', open),
    coefficients: isAnyLocked(open),
  });
  const scenes = new Scenes();
  const plain = open.filter(({ locked }) => !locked);
  const lookUp = async (ofFrames: typeof open, shareOf?: Parameters<typeof matchVideo>[2]): Promise<KnownFinding[]> => {
    const pictures = distinct(frames);
    return orElse(matchVideo(open, pictures, shareOf), await matchNear(ofFrames, pictures));
  };
  const bytes = video instanceof Uint8Array ? inMemory(video) : video;
  const input: Omit<VideoInput, 'timeOver'> = {
    task: 'frames',
    sizeBytes: bytes.sizeBytes,
    read: (start, end) => bytes.read(start, end),
    async look({ frame, purpose, rotation }) {
      if (purpose !== 'key') {
        const thumbnail = await hasher.thumbnailHash(frame);
        if (purpose === 'glance' && !scenes.isOther(thumbnail)) return false;
        scenes.keep(thumbnail);
        if (purpose === 'start') return false;
      }
      frames.push(await hasher.hash(frame, rotation));
      return true;
    },
    // Locked lists are searched once, at the end: their tries are bounded.
    isDecided: async (areSpread) => (await lookUp(plain, areSpread ? ofSpreadKeys : ofListed)).length === open.length,
    progress,
    maxFrames: LIMITS.videoFrames,
  };
  const result = await runInTime(parts, bytes, (timeOver): VideoInput => ({ ...input, timeOver }), endsEarly);
  hasher.clear();
  const near = await lookUp(open);
  clearCoefficients(frames);
  return { near, sensitive: [], failedModels: [], fault: reasonOf(result) };
}

async function runInTime(
  parts: Pick<LazyParts, 'run'>,
  video: VideoBytes,
  inputOf: (timeOver: Promise<void>) => VideoInput | DigestInput,
  endsEarly?: Promise<void>,
): Promise<unknown> {
  const { promise: timeOver, resolve } = Promise.withResolvers<void>();
  const ms = allowedMs(video);
  void endsEarly?.then(resolve);
  const timer = setTimer(resolve, ms);
  const input = inputOf(timeOver);
  const result = await parts.run('video', undefined, () => ({ input, transfer: [] }), ms + GRACE_MS);
  clearTimer(timer);
  return result;
}

function allowedMs({ sizeBytes }: VideoBytes): number {
  return SCAN_LIMITS.videoMs + sizeBytes * SCAN_LIMITS.videoMsPerByte;
}

/** `parts.run` gives no result if the part does not run: then this engine does not decode videos. */
function reasonOf(result: unknown): Unseen | undefined {
  return result === 'whole' ? undefined : (UNSEEN.find((reason) => reason === result) ?? 'codec');
}
