/**
 * Looks up a video's or an animation's frames as a set among the vPDQ groups of each list of the plan. Pure.
 * Flow: hash → here → verdict. Promise: order, speed and repetition of frames do not matter; at most one finding for each list; a
 * suppressed entry never matches. Spec: docs/design/hashing.md#vpdq
 */
import { distance as bitsBetween, type Match } from '@lodestone/pdq';
import type { KnownFinding } from '@lodestone/protocol/verdict';
import { LEAST_KEYS } from '../parts/video/samples.ts';
import type { ListedVideos, ListLookup, PictureHashes } from './match.ts';

/** The reference's default for the query's frames. Here it is also that for the listed ones: a longer video may contain a listed clip. */
export const LEAST_SHARE = 0.8;

const HASH_BYTES = 32;

/** What the query has in common with one group. */
interface Common {
  /** Frames of the query, each with the distance to the group's nearest frame. */
  readonly queries: Map<number, number>;
  readonly rows: Set<number>;
}

/** How much a query and a group have in common. */
export interface Shares {
  /** The frames of the query that can match. */
  readonly queries: number;
  /** From 0 to 1, like `listed`. */
  readonly query: number;
  readonly listed: number;
}
type ShareOf = (shares: Shares) => number;

const larger: ShareOf = ({ query, listed }) => Math.max(query, listed);
/** Grows with each further frame of the query, so that a match by it stands whatever follows. The query's own share can fall. */
export const ofListed: ShareOf = ({ listed }) => listed;
/** Key frames over the whole length stand for the video, if enough of them differ. A list has more frames than a video has key frames. */
export const ofSpreadKeys: ShareOf = (shares) => (shares.queries >= LEAST_KEYS ? larger : ofListed)(shares);

/** @param frames the distinct frames of a video or an animation */
export function matchVideo(
  lookups: readonly ListLookup[],
  frames: readonly PictureHashes[],
  shareOf: ShareOf = larger,
): KnownFinding[] {
  return lookups.flatMap((lookup) => {
    if (lookup.vpdq.entries.length === 0) return [];
    const nearest = queriesOf(frames, lookup)
      .flatMap((queries) => candidates(lookup.vpdq, queries, lookup.maxDistance, shareOf))
      .sort((a, b) => a.distance - b.distance || a.group - b.group)[0];
    if (!nearest) return [];
    const { entry, distance } = nearest;
    return [{ kind: 'known', list: lookup.index, entry, match: 'near', distance }];
  });
}

/** The hashes of one frame: it is like a listed one if one of them is near. */
type FrameQuery = readonly Uint8Array[];

/** A video is turned or mirrored as a whole, so each orientation is looked up on its own; borders of frames differ, so each frame is looked up without its own. */
function queriesOf(frames: readonly PictureHashes[], { variants, minQuality }: ListLookup): FrameQuery[][] {
  const good = frames.filter(({ quality }) => quality >= minQuality);
  const count = variants.includes('orientations') ? (good[0]?.others.length ?? 0) : 0;
  const others = Array.from({ length: count }, (_, i) => good.flatMap((frame) => frame.others[i] ?? []));
  const asShown = frames.map((frame): FrameQuery => {
    const varied = frame.variants.filter((one) => one.quality >= minQuality && variants.includes(one.group));
    return [...(frame.quality >= minQuality ? [frame.own] : []), ...varied.map(({ hash }) => hash)];
  });
  return [asShown.filter((hashes) => hashes.length > 0), ...others.map((turned) => turned.map((hash) => [hash]))];
}

function candidates(
  videos: ListedVideos,
  queries: readonly FrameQuery[],
  maxDistance: number,
  shareOf: ShareOf,
): { group: number; entry: number; distance: number }[] {
  const frameOf = queries.flatMap((hashes, frame) => hashes.map(() => frame));
  const found = [...commonByGroup(videos, videos.index.queryBatch(queries.flat(), maxDistance), frameOf)];
  return found.flatMap(([group, { queries: alike, rows }]) => {
    const listed = covered(videos, group, rows, maxDistance) / (videos.frameCounts[group] ?? 1);
    const share = shareOf({ queries: queries.length, query: alike.size / queries.length, listed });
    const entry = videos.entries[group] ?? 0;
    return share < LEAST_SHARE || entry === 0 ? [] : [{ group, entry, distance: median([...alike.values()]) }];
  });
}

/**
 * How many of a group's frames are found, or near one that is: a list has more frames of a second than a query. Those of other scenes
 * are not near.
 */
function covered(
  { frames, frameCounts, groups }: ListedVideos,
  group: number,
  found: ReadonlySet<number>,
  bits: number,
) {
  const first = groups.indexOf(group);
  const hashOf = (row: number): Uint8Array => frames.subarray(row * HASH_BYTES, (row + 1) * HASH_BYTES);
  const known = [...found].map(hashOf);
  let count = 0;
  for (let row = first; row < first + (frameCounts[group] ?? 0); row++) {
    if (found.has(row) || known.some((hash) => bitsBetween(hash, hashOf(row)) <= bits)) count += 1;
  }
  return count;
}

/** @param frameOf the frame of each answer */
function commonByGroup(
  { groups }: ListedVideos,
  answers: readonly Match[][],
  frameOf: readonly number[],
): Map<number, Common> {
  const byGroup = new Map<number, Common>();
  for (const [i, matches] of answers.entries()) {
    const query = frameOf[i] ?? 0;
    for (const { row, distance } of matches) {
      const group = groups[row] ?? 0;
      const common = byGroup.get(group) ?? { queries: new Map<number, number>(), rows: new Set<number>() };
      byGroup.set(group, common);
      common.queries.set(query, Math.min(distance, common.queries.get(query) ?? Infinity));
      common.rows.add(row);
    }
  }
  return byGroup;
}

function median(distances: readonly number[]): number {
  return [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}
