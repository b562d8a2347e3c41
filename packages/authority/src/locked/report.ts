/**
 * What a locked list has in its next release, for those who publish and sign. A draft has a copy, because its list file cannot be read.
 * Spec: docs/design/authority.md#locked-lists
 */
import * as z from 'zod/mini';
import { LIMITS } from '@lodestone/protocol/limits';
import { Name } from '@lodestone/protocol/name';
import type { Strength } from '@lodestone/locked-list/score';

export interface LockedReport {
  list: Name;
  /** Rows of the release. */
  listed: number;
  /** Rows that are copies of a row of another entry, and not in the release. */
  merged: number;
  /** The first of them, each with the entry whose row it is a copy of: its own for a row such as a narrow crop. */
  merges: { entry: number; copyOf: number }[];
  /** Listed rows that do not use the subsets that would come first, because one was weak or in use. */
  repicked: number;
  /** The entries of the first of them. */
  repickedEntries: number[];
  refused: number;
  /** The first of them. */
  refusals: { entry: number; why: string }[];
  /** Listed rows that devices ignore, because their tags are not those of their hash. */
  void: number;
  /** The entries of the first of them. */
  voidEntries: number[];
  /** Listed rows that another locked list of the authority has too. */
  alsoLocked: number;
  /** The first of them. */
  alsoLockedEntries: { entry: number; list: Name; otherEntry: number }[];
  /** Rows that came as hashes. */
  unranked: number;
  /** Whether this version scores rows by the tables that the header of the list names. */
  scoredAsNamed: boolean;
  bits: number;
  subsets: number;
  slots: number;
  tries: number;
  memoryKiB: number;
  /** Time that the slow hashes of a picture take that is near to no row: an estimate. */
  slowMs: number;
  /** Undefined for a release without locked rows. */
  strength?: Strength | undefined;
  /** Estimated log2 of the guesses that open an entry, of those that need the fewest. */
  weakest: { entry: number; log2Guesses: number }[];
}

/** Entries that a report names of each kind; it counts the rest. */
const SHOWN = 32;

export function firstOf<T>(all: readonly T[]): T[] {
  return all.slice(0, SHOWN);
}

const count: z.ZodMiniType<number> = z.int().check(z.gte(0), z.lte(LIMITS.listRows));
const entry: z.ZodMiniType<number> = z.int().check(z.gte(1), z.lte(0xffffffff));
const shown = <T>(one: z.ZodMiniType<T>): z.ZodMiniType<T[]> => z.array(one).check(z.maxLength(SHOWN));
export const LockedReport: z.ZodMiniType<LockedReport> = z.strictObject({
  list: Name,
  listed: count,
  merged: count,
  merges: shown(z.strictObject({ entry, copyOf: entry })),
  repicked: count,
  repickedEntries: shown(entry),
  refused: count,
  refusals: shown(z.strictObject({ entry, why: z.string().check(z.maxLength(500)) })),
  void: count,
  voidEntries: shown(entry),
  alsoLocked: count,
  alsoLockedEntries: shown(z.strictObject({ entry, list: Name, otherEntry: entry })),
  unranked: count,
  scoredAsNamed: z.boolean(),
  bits: count,
  subsets: count,
  slots: count,
  tries: count,
  memoryKiB: count,
  slowMs: count,
  strength: z.optional(z.strictObject({ entries: count, first: z.number(), half: z.number() })),
  weakest: shown(z.strictObject({ entry, log2Guesses: z.number() })),
});

/** Above this a list has outgrown the parameters that it got at its first publication. */
const SLOW_MS = 50;

/** One fact a line. */
export function describeLocked(report: LockedReport): string[] {
  const { listed, merged, repicked, refused, unranked, bits, subsets, slots, tries, memoryKiB } = report;
  return [
    `locked: devices match the PDQ rows and cannot read them; ${slots} of ${subsets} subsets of ${bits} bits a row, ${tries} tries, Argon2id with ${memoryKiB} KiB`,
    `${listed} rows are listed, ${merged} merged with a copy (${COPY}), ${refused} refused; listed by other subsets than first chosen, because one was weak or in use: ${repicked}`,
    ...describeEntries(report),
    ...describeStrength(report),
    ...(unranked > 0
      ? [
          `${unranked} rows came as hashes: their subsets were chosen by the seed, not by how little edits change them, so fewer edited copies are found`,
        ]
      : []),
    ...(report.scoredAsNamed ? [] : ['new rows are scored by other tables than the header of the list names']),
    ...(report.slowMs > SLOW_MS
      ? [
          `slow hashes take about ${report.slowMs} ms a picture: the list has outgrown its parameters, start one of another name`,
        ]
      : []),
  ];
}

const COPY = 'at most 12 bits away';

function describeEntries(report: LockedReport): string[] {
  const { merges, refusals, repickedEntries, voidEntries, alsoLockedEntries } = report;
  return [
    ...merges.map(({ entry: one, copyOf }) =>
      one === copyOf
        ? `merged: a row of entry ${one}, a copy of another row of the entry`
        : `merged: a row of entry ${one}, a copy of entry ${copyOf}`,
    ),
    ...more('merged', report.merged - merges.length),
    ...refusals.map(({ entry: one, why }) => `refused: a row of entry ${one}: ${why}`),
    ...more('refused', report.refused - refusals.length),
    ...(repickedEntries.length > 0
      ? [`other subsets: rows of entries ${entriesOf(repickedEntries, report.repicked)}`]
      : []),
    ...(voidEntries.length > 0
      ? [
          `void: rows of entries ${entriesOf(voidEntries, report.void)}: their tags are not those of their hashes, so devices ignore them. Restore the folder "locked" from a backup`,
        ]
      : []),
    ...alsoLockedEntries.map(
      ({ entry: one, list, otherEntry }) =>
        `also locked: a row of entry ${one} is entry ${otherEntry} of list ${list}: ${ALSO_LOCKED}`,
    ),
    ...more('also locked', report.alsoLocked - alsoLockedEntries.length),
  ];
}

/** One picture in two locked lists. */
export const ALSO_LOCKED =
  'whoever opens one of the two rows has both, and it is as weak as the weakest subset in either list';

function describeStrength({ strength, weakest }: LockedReport): string[] {
  if (!strength) return [];
  const named = weakest.map(({ entry: one, log2Guesses }) => `${one} 2^${log2Guesses.toFixed(1)}`);
  return [
    `strength, estimated with public models: the weakest of ${strength.entries} entries opens after 2^${strength.first.toFixed(1)} guesses, half of them after 2^${strength.half.toFixed(1)}; a better model needs fewer. In 2025, 2^62 cost about 20,000 US dollars`,
    `weakest entries: ${named.join(', ')}${strength.entries > named.length ? `; ${strength.entries - named.length} more need as many guesses or more` : ''}`,
  ];
}

function more(what: string, count: number): string[] {
  return count > 0 ? [`${what}: ${count} more`] : [];
}

/** Each entry once, and how many rows are not named. */
function entriesOf(first: readonly number[], rows: number): string {
  const left = rows - first.length;
  return `${[...new Set(first)].join(', ')}${left > 0 ? `, and ${left} more rows` : ''}`;
}
