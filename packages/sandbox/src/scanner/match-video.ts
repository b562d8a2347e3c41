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
    const good = frames.filter(({ quality }) => quality >= lookup.minQuality);
    if (good.length === 0 || lookup.vpdq.entries.length === 0) return [];
    const nearest = orientationsOf(good, lookup)
      .flatMap((queries) => candidates(lookup.vpdq, queries, lookup.maxDistance, shareOf))
      .sort((a, b) => a.distance - b.distance || a.group - b.group)[0];
    if (!nearest) return [];
    const { entry, distance } = nearest;
    return [{ kind: 'known', list: lookup.index, entry, match: 'near', distance }];
  });
}

/** A video is turned or mirrored as a whole, so each orientation is looked up on its own. */
function orientationsOf(frames: readonly PictureHashes[], { variants }: ListLookup): Uint8Array[][] {
  const count = variants.includes('orientations') ? (frames[0]?.others.length ?? 0) : 0;
  const own = frames.map((frame) => frame.own);
  const others = Array.from({ length: count }, (_, i) => frames.flatMap((frame) => frame.others[i] ?? []));
  return [own, ...others];
}

function candidates(
  videos: ListedVideos,
  queries: readonly Uint8Array[],
  maxDistance: number,
  shareOf: ShareOf,
): { group: number; entry: number; distance: number }[] {
  const found = [...commonByGroup(videos, videos.index.queryBatch(queries, maxDistance))];
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

function commonByGroup({ groups }: ListedVideos, answers: readonly Match[][]): Map<number, Common> {
  const byGroup = new Map<number, Common>();
  for (const [query, matches] of answers.entries()) {
    // Nearest first, so that the first distance of a group is its least.
    for (const { row, distance } of matches) {
      const group = groups[row] ?? 0;
      const common = byGroup.get(group) ?? { queries: new Map<number, number>(), rows: new Set<number>() };
      byGroup.set(group, common);
      if (!common.queries.has(query)) common.queries.set(query, distance);
      common.rows.add(row);
    }
  }
  return byGroup;
}

function median(distances: readonly number[]): number {
  return [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}
