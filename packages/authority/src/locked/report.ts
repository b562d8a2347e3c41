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
  /** Listed rows that do not use the subsets that would come first, because one was weak or in use. */
  repicked: number;
  refused: number;
  /** The first of them. */
  refusals: { entry: number; why: string }[];
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
}

const count: z.ZodMiniType<number> = z.int().check(z.gte(0), z.lte(LIMITS.listRows));
export const LockedReport: z.ZodMiniType<LockedReport> = z.strictObject({
  list: Name,
  listed: count,
  merged: count,
  repicked: count,
  refused: count,
  refusals: z
    .array(
      z.strictObject({ entry: z.int().check(z.gte(1), z.lte(0xffffffff)), why: z.string().check(z.maxLength(500)) }),
    )
    .check(z.maxLength(32)),
  unranked: count,
  scoredAsNamed: z.boolean(),
  bits: count,
  subsets: count,
  slots: count,
  tries: count,
  memoryKiB: count,
  slowMs: count,
  strength: z.optional(z.strictObject({ entries: count, first: z.number(), half: z.number() })),
});

/** Above this a list has outgrown the parameters that it got at its first publication. */
const SLOW_MS = 50;

/** One fact a line. */
export function describeLocked(report: LockedReport): string[] {
  const { listed, merged, repicked, refused, refusals, unranked, bits, subsets, slots, tries, memoryKiB } = report;
  const { scoredAsNamed, slowMs, strength } = report;
  return [
    `locked: devices match the PDQ rows and cannot read them; ${slots} of ${subsets} subsets of ${bits} bits a row, ${tries} tries, Argon2id with ${memoryKiB} KiB`,
    `${listed} rows are listed, ${merged} merged with a copy (${COPY}), ${refused} refused; listed by other subsets than first chosen, because one was weak or in use: ${repicked}`,
    ...refusals.map(({ entry, why }) => `refused: a row of entry ${entry}: ${why}`),
    ...(refused > refusals.length ? [`refused: ${refused - refusals.length} more`] : []),
    ...(strength
      ? [
          `strength, estimated with public models: the weakest of ${strength.entries} entries opens after 2^${strength.first.toFixed(1)} guesses, half of them after 2^${strength.half.toFixed(1)}; a better model needs fewer`,
        ]
      : []),
    ...(unranked > 0
      ? [
          `${unranked} rows came as hashes: their subsets were chosen by the seed, not by how little edits change them, so fewer edited copies are found`,
        ]
      : []),
    ...(scoredAsNamed ? [] : ['new rows are scored by other tables than the header of the list names']),
    ...(slowMs > SLOW_MS
      ? [
          `slow hashes take about ${slowMs} ms a picture: the list has outgrown its parameters, start one of another name`,
        ]
      : []),
  ];
}

const COPY = 'at most 12 bits away, under another entry';
