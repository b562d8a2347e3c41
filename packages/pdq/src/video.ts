/**
 * vPDQ: the hashes of a video's frames, as text and compared as sets. Pure. The text is the reference's, one line a frame:
 * `frame,quality,hash,timestamp`. Spec: docs/design/hashing.md#vpdq; ThreatExchange, vpdq
 */
import { checkHash } from './bytes.ts';
import { PdqError } from './error.ts';
import { fromHex, toHex } from './hex.ts';

/** One frame of a video. `{ ...pdq.hash(picture), frame, timestampSeconds }` makes one. */
export interface HashedFrame {
  /** The frame's number in the video, from 0. */
  readonly frame: number;
  /** 0 to 100. */
  readonly quality: number;
  /** 32 bytes. */
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly timestampSeconds: number;
}

export interface VideoMatchOptions {
  /** 0 to 255 bits; two frames within it are alike. The reference's default tolerance of 31 counts distances to 30. */
  readonly maxDistance?: number;
  /** Frames below it are left out on both sides. Default: 50, as in the reference. */
  readonly minQuality?: number;
}

export interface VideoMatch {
  /** From 0 to 1: how much of the query is in the listed video. High if the query was cut out of it. */
  readonly queryShare: number;
  /** From 0 to 1: how much of the listed video is in the query. High if the query contains it. */
  readonly listedShare: number;
}

/** The frames as the reference writes them to a file: a line each, with three digits after the point of the seconds. */
export function printVideo(frames: readonly HashedFrame[]): string {
  return frames
    .map(({ frame, quality, hash, timestampSeconds }) => {
      if (!isCount(frame) || !isQuality(quality) || !(timestampSeconds >= 0 && timestampSeconds < 1e9)) {
        throw new PdqError('ERR_PDQ_OPTION', `frame ${frame} has a wrong number, quality or timestamp`);
      }
      return `${frame},${quality},${toHex(hash)},${timestampSeconds.toFixed(3)}\n`;
    })
    .join('');
}

/**
 * Reads a file that the reference wrote. Older files have other digits in the timestamp.
 * @throws {PdqError} `ERR_PDQ_TEXT` names the line
 */
export function parseVideo(text: string): HashedFrame[] {
  if (typeof text !== 'string') throw new PdqError('ERR_PDQ_TEXT', 'the video must be a text');
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new PdqError('ERR_PDQ_TEXT', 'the text has no frames');
  return lines.map((line, i) => {
    const [, frame, quality, hash, seconds] =
      /^(\d{1,9}),(\d{1,3}),([0-9a-f]{64}),(\d{1,9}(?:\.\d{1,9})?)\r?$/i.exec(line) ?? [];
    if (hash === undefined || !isQuality(Number(quality))) {
      throw new PdqError('ERR_PDQ_TEXT', `line ${i + 1} is not frame,quality,hash,timestamp`);
    }
    return { frame: Number(frame), quality: Number(quality), hash: fromHex(hash), timestampSeconds: Number(seconds) };
  });
}

/**
 * Compares two videos as sets of frames: order, speed and repetition do not matter. Both shares are 0 if one side has no frame of
 * sufficient quality. The time is that of query × listed distances: about 10 ns each.
 */
export function matchVideos(
  query: readonly HashedFrame[],
  listed: readonly HashedFrame[],
  { maxDistance = 31, minQuality = 50 }: VideoMatchOptions = {},
): VideoMatch {
  if (!Number.isInteger(maxDistance) || maxDistance < 0 || maxDistance > 255) {
    throw new PdqError('ERR_PDQ_OPTION', `maxDistance must be a whole number from 0 to 255, not ${maxDistance}`);
  }
  const words = (frames: readonly HashedFrame[]): Uint32Array[] =>
    frames.filter(({ quality }) => quality >= minQuality).map(({ hash }) => wordsOf(hash));
  const [ours, theirs] = [words(query), words(listed)];
  if (ours.length === 0 || theirs.length === 0) return { queryShare: 0, listedShare: 0 };
  let found = 0;
  const isFound = new Uint8Array(theirs.length);
  for (const own of ours) {
    let isAny = false;
    for (const [i, other] of theirs.entries()) {
      if (differingBits(own, other) > maxDistance) continue;
      isAny = true;
      isFound[i] = 1;
    }
    if (isAny) found += 1;
  }
  return { queryShare: found / ours.length, listedShare: isFound.reduce((sum, one) => sum + one, 0) / theirs.length };
}

/**
 * Frames a second at which a listed video is hashed. Whoever looks it up hashes about one a second, at other times: while a camera moves,
 * frames half a second apart differ by more bits than a match allows.
 */
export const LISTED_FRAMES_PER_SECOND = 4;
/** Frames this near to the one before add nothing to a list. In bits. */
const REPEATED_BITS = 8;

/** The hashes of a video's frames, in order, without those that repeat the one before. */
export function withoutRepeats(hashes: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  let last: Uint32Array | undefined;
  return hashes.filter((hash) => {
    const words = wordsOf(hash);
    if (last && differingBits(last, words) <= REPEATED_BITS) return false;
    last = words;
    return true;
  });
}

function wordsOf(hash: Uint8Array): Uint32Array {
  checkHash(hash, 'frame hash');
  return new Uint32Array(hash.slice().buffer);
}

function differingBits(a: Uint32Array, b: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < 8; i++) {
    let bits = (a[i] as number) ^ (b[i] as number);
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 1e9;
const isQuality = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 100;
