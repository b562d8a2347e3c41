/**
 * Looks up the digest and the hashes of a content item in each list of the plan. Flow: hash → here → verdict.
 * Promise: at most one finding for each list: an exact match, else a near one, a member, a part, and of these the nearest (of equally
 * near ones, the first row). A suppressed entry never matches. Spec: docs/design/hashing.md#matching
 */
import { type HashedVariant, type Index, type Orientation, orientations } from '@lodestone/pdq';
import type { Variant } from '@lodestone/protocol/order';
import { findRow } from '@lodestone/protocol/list-file';
import type { PlanList } from '@lodestone/protocol/sandbox';
import type { Finding, KnownFinding, MatchKind, SensitiveFinding } from '@lodestone/protocol/verdict';
import type { LockedListQuery, LockedSearch } from '../parts/locked-lists/input.ts';

/** Rows of 32 bytes in rising order, and their entry numbers; 0 in place of a suppressed entry. */
export interface ListedRows {
  readonly payloads: Uint8Array;
  readonly entries: Uint32Array;
}

/** A list's vPDQ groups, ready to be searched by frame. */
export interface ListedVideos {
  /** All groups' frames, in order: 32 bytes each. */
  readonly frames: Uint8Array;
  readonly index: Pick<Index, 'queryBatch'>;
  /** Frame → group. */
  readonly groups: Uint32Array;
  readonly frameCounts: Uint32Array;
  /** Group → entry; 0 in place of a suppressed one. */
  readonly entries: Uint32Array;
}

/** A list of the plan, ready to be searched. */
export interface ListLookup extends PlanList {
  /** Its index in the plan's lists. */
  readonly index: number;
  readonly pdq: Pick<ListedRows, 'entries'> & { readonly index: Pick<Index, 'queryBatch'> };
  /** In place of the index, if the PDQ rows are locked. */
  readonly locked: LockedSearch | undefined;
  readonly sha256: ListedRows;
  readonly vpdq: ListedVideos;
}

/** A picture's hashes. */
export interface PictureHashes {
  readonly quality: number;
  readonly own: Uint8Array;
  /** Hashes of the seven other orientations; empty if no list needs them. */
  readonly others: readonly Uint8Array[];
  /** The orientation of the pixels that `own` is of. `others` are in PDQ's order. */
  readonly shown: Orientation;
  /** Of the pixels, from which PDQ derives the bits of all orientations. Only if a list is locked. */
  readonly coefficients?: Float32Array;
  /** As it may have been before an edit; of the groups that a list needs. */
  readonly variants: readonly VariantHash[];
}

export interface VariantHash extends Pick<HashedVariant, 'group' | 'name' | 'quality' | 'coefficients'> {
  readonly hash: Uint8Array;
  /** `part`: of a part of the picture, so a model that saw the picture may have found something in the rest. */
  readonly match: Extract<MatchKind, 'near' | 'part'>;
}

/** Whether any list has SHA-256 rows, so that the whole content must be read and digested. */
export function needsDigest(lookups: readonly ListLookup[]): boolean {
  return lookups.some(({ sha256 }) => sha256.entries.length > 0);
}

/** Whether any list is searched for such copies. */
export function needs(variant: Variant, lookups: readonly ListLookup[]): boolean {
  return lookups.some(({ variants }) => variants.includes(variant));
}

/** Those of a frame, of which there are many: most copies of videos are not rotated by some degrees, and many are letterboxed. */
export const FRAME_VARIANTS: readonly Variant[] = ['orientations', 'borders'];
/** Those that cost next to nothing. */
export const CHEAP_VARIANTS: readonly Variant[] = ['orientations'];

/** The lists, searched for these variants only. */
export function onlyWith(kept: readonly Variant[], lookups: readonly ListLookup[]): ListLookup[] {
  return lookups.map((lookup) => ({ ...lookup, variants: lookup.variants.filter((one) => kept.includes(one)) }));
}

export function matchExact(lookups: readonly ListLookup[], digest: Uint8Array): KnownFinding[] {
  return lookups.flatMap(({ index, sha256 }) => {
    const row = findRow(sha256.payloads, digest);
    const entry = row === undefined ? 0 : (sha256.entries[row] ?? 0);
    return entry === 0 ? [] : [{ kind: 'known', list: index, entry, match: 'exact', distance: 0 }];
  });
}

/** @param pictures the picture; of an animation, each distinct frame. The nearest row to any of them is the finding */
export async function matchNear(
  lookups: readonly ListLookup[],
  pictures: readonly PictureHashes[],
): Promise<KnownFinding[]> {
  const findings: KnownFinding[] = [];
  for (const lookup of lookups) {
    const queries = pictures.flatMap((picture) => queriesOf(picture, lookup));
    if (queries.length === 0) continue;
    const { locked, maxDistance, pdq } = lookup;
    const answers = locked
      ? await locked.queryBatch(queries, maxDistance)
      : pdq.index.queryBatch(
          queries.map(({ hash }) => hash),
          maxDistance,
        );
    const nearest = answers
      .flatMap((matches, i) => matches.map((match) => ({ ...match, query: queries[i] as Query })))
      .map(({ row, distance, query }) => ({ row, distance, match: query.match, entry: pdq.entries[row] ?? 0 }))
      .filter(({ entry }) => entry !== 0)
      .sort((a, b) => PREFERENCE[a.match] - PREFERENCE[b.match] || a.distance - b.distance || a.row - b.row)[0];
    if (!nearest) continue;
    const { entry, match, distance } = nearest;
    findings.push({ kind: 'known', list: lookup.index, entry, match, distance });
  }
  return findings;
}

/** Whether a list needs the coefficients too. */
export function isAnyLocked(lookups: readonly ListLookup[]): boolean {
  return lookups.some(({ locked }) => locked);
}

/** Overwrites coefficients after their last use: they show a picture as its pixels do. */
export function clearCoefficients(pictures: readonly PictureHashes[]): void {
  for (const { coefficients, variants } of pictures)
    for (const one of [{ coefficients }, ...variants]) one.coefficients?.fill(0);
}

type Query = Pick<VariantHash, 'match'> & LockedListQuery;

/** The hashes that the list is searched for. Each has a quality of its own: a picture in a wide border is flat, and the picture in it is not. */
function queriesOf(
  { quality, own, others, shown, coefficients, variants }: PictureHashes,
  lookup: ListLookup,
): Query[] {
  const names = [shown, ...orientations.filter((name) => name !== shown)];
  const whole = lookup.variants.includes('orientations') ? [own, ...others] : [own];
  const ofWhole = whole.map((hash, i): Query => ({ hash, orientation: names[i], coefficients, match: 'near' }));
  return [
    ...(quality >= lookup.minQuality ? ofWhole : []),
    ...variants.filter((one) => one.quality >= lookup.minQuality && lookup.variants.includes(one.group)),
  ];
}

/** Near matches in a part of the content, or in one of its looks. */
export function asParts(near: readonly KnownFinding[]): KnownFinding[] {
  return near.map((finding) => ({ ...finding, match: 'part' }));
}

/** The findings of the first argument, and those of the second for lists that have none. */
export function orElse(first: readonly KnownFinding[], second: readonly KnownFinding[]): KnownFinding[] {
  const lists = new Set(first.map(({ list }) => list));
  return [...first, ...second.filter(({ list }) => !lists.has(list))];
}

/** The pictures without those that look like an earlier one, in the same order. */
export function distinct(pictures: readonly PictureHashes[]): PictureHashes[] {
  const byHash = new Map<string, PictureHashes>();
  for (const picture of pictures) {
    const key = String.fromCharCode(...picture.own);
    const earlier = byHash.get(key);
    if (!earlier || earlier.quality < picture.quality) byHash.set(key, picture);
  }
  return [...byHash.values()];
}

/** A near match before a member: a model may confirm it. */
const PREFERENCE: Readonly<Record<MatchKind, number>> = { exact: 0, near: 1, member: 2, part: 3 };

/**
 * One finding for each list, of the first kind in `PREFERENCE` and of that the nearest, and one for each model: exact ones first, then the
 * models', then the others by distance. A verdict has space for one for each line of a plan.
 */
export function chooseFindings(
  exact: readonly KnownFinding[],
  others: readonly KnownFinding[],
  sensitive: readonly SensitiveFinding[] = [],
): Finding[] {
  const preferred = [...exact, ...others]
    .sort((a, b) => PREFERENCE[a.match] - PREFERENCE[b.match] || a.distance - b.distance)
    .filter(({ list }, i, all) => all.findIndex((one) => one.list === list) === i);
  const rest = preferred.filter(({ match }) => match !== 'exact');
  return [...exact, ...sensitive, ...rest.sort((a, b) => a.distance - b.distance || a.list - b.list)];
}
