/**
 * Counts every verdict that passes the schema and plausibility under small plans, and compares the counts with the formulas of the threat
 * model, whose figures they give. Spec: docs/audit/threat-model.md
 */
import { readFileSync } from 'node:fs';
import { digestOf } from '@lodestone/testkit/digests';
import {
  type Finding,
  INCOMPLETE_REASONS,
  type KnownFinding,
  LIMITS,
  MATCH_KINDS,
  MEDIA,
  type Media,
  MOST_FINDINGS,
  type ScanPlan,
  Verdict,
} from '@lodestone/protocol';
import { describe, expect, test } from 'vitest';
import { implausible } from '../src/content/plausibility.ts';

const threatModel = readFileSync(new URL('../../../docs/audit/threat-model.md', import.meta.url), 'utf8');
const MEDIA_OF_VERDICTS = [...MEDIA, 'unknown'] as const;

interface Small {
  /** Entries of each list, all with rows of each kind. */
  entries: number;
  maxDistance: number;
  /** The media of each line. */
  lines: readonly (readonly Media[])[];
  /** The lowest bucket of each model. */
  models: readonly number[];
}

/** Verdicts without regard to the order of their findings. Of exact findings only one of each list: the host confirms it. */
function count({ entries, maxDistance, lines, models }: Small): number {
  const plan: ScanPlan = {
    lists: lines.map((media) => ({
      fileDigest: digestOf('a'),
      media: [...media],
      maxDistance,
      minQuality: 0,
      variants: [],
    })),
    models: models.map((minBucket) => ({ manifestDigest: digestOf('b'), minBucket })),
  };
  const all = Uint32Array.from({ length: entries }, (_, i) => i + 1);
  const listed = { exact: all, near: all, suppressed: new Uint32Array() };
  const places: (Finding | undefined)[][] = [
    ...lines.map((_, list) => [undefined, ...knownFindings(list, entries + 1, maxDistance + 1)]),
    ...models.map((lowest, model) => [
      undefined,
      ...range(12 - lowest).map((i) => ({ kind: 'sensitive' as const, model, bucket: lowest - 1 + i })),
    ]),
  ];
  const endings = [
    { complete: true },
    ...INCOMPLETE_REASONS.flatMap((reason) =>
      subsets(models.length + 1).map((failedModels) => ({
        complete: false,
        reason,
        ...(failedModels.length > 0 && { failedModels }),
      })),
    ),
  ];
  let passing = 0;
  for (const findings of product(places)) {
    for (const media of MEDIA_OF_VERDICTS) {
      for (const ending of endings) {
        const { success, data } = Verdict.safeParse({ media, findings, ...ending });
        if (success && !implausible(data, plan, () => listed)) passing += 1;
      }
    }
  }
  return passing;
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
function knownFindings(list: number, entries: number, maxDistance: number): KnownFinding[] {
  return MATCH_KINDS.flatMap((match) =>
    range(match === 'exact' ? 1 : entries).flatMap((entry) =>
      range(maxDistance + 1).map((distance) => ({ kind: 'known' as const, list, entry: entry + 1, match, distance })),
    ),
  );
}
function subsets(size: number): number[][] {
  return range(2 ** size).map((bits) => range(size).filter((i) => (bits >> i) % 2 === 1));
}
function product(places: readonly (readonly (Finding | undefined)[])[]): Finding[][] {
  return places.reduce<Finding[][]>(
    (sets, options) => sets.flatMap((set) => options.map((one) => (one ? [...set, one] : set))),
    [[]],
  );
}

/** The formulas of the threat model. */
const withoutMatch = (models: number): number => 6 * 2 ** models + 21;
const ofPictures = (entries: number, maxDistance: number): number => entries * (2 * maxDistance + 3) + 1;
const onOneLine = {
  image: (entries: number, maxDistance: number): number => 6 * ofPictures(entries, maxDistance),
  video: (entries: number, maxDistance: number): number => 6 * (entries * (maxDistance + 1) + 1),
  file: (entries: number): number => 6 * (entries + 1) + 5,
  all: (entries: number, maxDistance: number): number => 6 * (entries * (4 * maxDistance + 6) + 3) + 5,
};
const ofOneModel = (lowest: number): number => 6 * (11 - lowest);
const bits = (verdicts: number): string => Math.log2(verdicts).toFixed(1);

describe('the verdicts that pass are as many as the threat model says', () => {
  test.each([0, 1, 2])('without a match, with %i models', (models) => {
    const plan = { entries: 1, maxDistance: 0, lines: [], models: range(models).map(() => 10) };
    // A model with the lowest bucket 10 has one finding.
    const findings = 6 * 3 ** models + 21 - withoutMatch(models);
    expect(count(plan) - findings).toBe(withoutMatch(models));
  });

  test.each([
    [1, 0],
    [3, 2],
    [2, 5],
  ])('a match on one line, with %i entries and the distance %i', (entries, maxDistance) => {
    const on = (...media: Media[]): number =>
      count({ entries, maxDistance, lines: [media], models: [] }) - withoutMatch(0);
    expect(on('image')).toBe(onOneLine.image(entries, maxDistance));
    expect(on('video')).toBe(onOneLine.video(entries, maxDistance));
    expect(on('file')).toBe(onOneLine.file(entries));
    expect(on('image', 'video', 'file')).toBe(onOneLine.all(entries, maxDistance));
  });

  test.each([1, 8, 10])('a finding of one model, from bucket %i on', (lowest) => {
    const plan = { entries: 1, maxDistance: 0, lines: [], models: [lowest] };
    expect(count(plan) - withoutMatch(1)).toBe(ofOneModel(lowest));
  });

  test('of a picture on two lines with a model: each combination, in each state', () => {
    const plan: Small = { entries: 1, maxDistance: 0, lines: [['image'], ['image']], models: [10] };
    const combinations = (1 + ofPictures(1, 0)) ** 2 * (13 - 10);
    // And without a finding: in the other media, and if a list is missing.
    expect(count(plan)).toBe(6 * combinations + 1 + 20);
  });
});

test('the threat model has the figures that these formulas give', () => {
  const million = 1_000_000;
  expect(threatModel).toContain(`27 verdicts; with four models ${withoutMatch(4)} | ${bits(withoutMatch(4))} |`);
  expect(withoutMatch(0)).toBe(27);
  expect(threatModel).toContain(`D = 31 | ${bits(onOneLine.image(million, 31))} |`);
  expect(threatModel).toContain(`The same example, D = 31 | ${bits(onOneLine.all(million, 31))} |`);
  expect(threatModel).toContain(`6·(11 − b) verdicts; b = 8 | ${bits(ofOneModel(8))} |`);
  const perLine = Math.log2(1 + ofPictures(LIMITS.listRows, 31));
  const orders = range(MOST_FINDINGS).reduce((sum, i) => sum + Math.log2(i + 1), 0);
  const most = LIMITS.planLists * perLine + LIMITS.planModels * Math.log2(13 - 1) + Math.log2(6) + orders;
  expect(threatModel).toContain(`of 4 models | below ${(Math.floor(most) + 1).toLocaleString('en')} |`);
  const bitmaps = 1 + 12 + 12 ** 2 + 12 ** 3;
  expect(threatModel).toContain(`at most three: ${bits(bitmaps)} bits`);
});
