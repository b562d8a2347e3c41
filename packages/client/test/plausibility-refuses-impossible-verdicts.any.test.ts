/** Verdicts of the right form that cannot be true under their plan. Spec: docs/design/message-gate.md#plausibility */
import type { AnyDigest } from '@lodestone/testkit/digests';
import {
  type Finding,
  type KnownFinding,
  MATCH_KINDS,
  MEDIA,
  type Media,
  type ScanPlan,
  type SensitiveFinding,
  type Verdict,
} from '@lodestone/protocol';
import { describe, expect, test } from 'vitest';
import { type Entries, implausible } from '../src/content/plausibility.ts';

const LIST = 'a'.repeat(64) as AnyDigest;
const PLAN: ScanPlan = {
  lists: [{ fileDigest: LIST, media: ['image'], maxDistance: 10, minQuality: 50, variants: [] }],
  models: [
    { manifestDigest: 'c'.repeat(64) as AnyDigest, minBucket: 6 },
    { manifestDigest: 'd'.repeat(64) as AnyDigest, minBucket: 1 },
  ],
};
const ENTRIES: Entries = {
  exact: Uint32Array.of(5, 7, 9),
  near: Uint32Array.of(3, 7, 9),
  suppressed: Uint32Array.of(9),
};
const NEAR: KnownFinding = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 3 };
const FOUND: SensitiveFinding = { kind: 'sensitive', model: 0, bucket: 6 };

function reasonFor(
  findings: Finding[],
  media: Verdict['media'] = 'image',
  entriesOf = () => ENTRIES,
): string | undefined {
  return implausible({ media, findings, complete: false, reason: 'decode' }, PLAN, (digest) =>
    digest === LIST ? entriesOf() : undefined,
  );
}

describe('a failed model', () => {
  const why = (failedModels: number[], findings: Finding[] = []): string | undefined =>
    implausible(
      { media: 'image', findings, complete: false, reason: 'model-missing', failedModels },
      PLAN,
      () => ENTRIES,
    );
  test('is one of the plan, and has no finding', () => {
    expect(why([0])).toBeUndefined();
    expect(why([0, 3])).toBe('a failure of a model that is not in the plan');
    expect(why([0], [FOUND])).toBe('a finding of a model that failed');
  });
});

describe('a list finding', () => {
  test('passes if it is near, exact, that of a member or of a part, and a verdict without findings always passes', () => {
    expect(reasonFor([NEAR])).toBeUndefined();
    expect(reasonFor([{ ...NEAR, match: 'exact', distance: 0 }])).toBeUndefined();
    expect(reasonFor([{ ...NEAR, entry: 5, match: 'member', distance: 0 }])).toBeUndefined();
    expect(reasonFor([{ ...NEAR, match: 'part' }])).toBeUndefined();
    expect(implausible({ media: 'video', findings: [], complete: true }, PLAN, () => undefined)).toBeUndefined();
  });
  test.each<[string, Partial<KnownFinding>, string]>([
    ['a list that is not in the plan', { list: 1 }, 'a finding for a list that is not in the plan'],
    ['an entry that is not on its list', { entry: 8 }, 'an entry that has no row for near matches on its list'],
    [
      'near, if the entry has only a SHA-256 row',
      { entry: 5 },
      'an entry that has no row for near matches on its list',
    ],
    [
      'exact, if the entry has only a PDQ row',
      { entry: 3, match: 'exact', distance: 0 },
      'an entry that has no row for exact matches on its list',
    ],
    [
      'a member, if the entry has only a PDQ row',
      { entry: 3, match: 'member', distance: 0 },
      'an entry that has no row for member matches on its list',
    ],
    [
      'a part, if the entry has only a SHA-256 row',
      { entry: 5, match: 'part' },
      'an entry that has no row for part matches on its list',
    ],
    ['a part above the order’s distance', { distance: 11, match: 'part' }, 'a distance above the order’s'],
    ['a member with a distance', { match: 'member', distance: 1 }, 'an exact finding with a distance'],
    ['a suppressed entry', { entry: 9 }, 'an entry that is suppressed'],
    ['a distance above the order’s', { distance: 11 }, 'a distance above the order’s'],
    ['exact with a distance', { match: 'exact', distance: 1 }, 'an exact finding with a distance'],
  ])('is refused for %s', (_, change, why) => {
    expect(reasonFor([{ ...NEAR, ...change }])).toBe(why);
  });
  test('is refused twice for one list of the plan', () => {
    expect(reasonFor([NEAR, { ...NEAR, entry: 3 }])).toBe('two findings for one list of the plan');
  });
  test('is refused if its list is no longer in force', () => {
    expect(implausible({ media: 'image', findings: [NEAR], complete: true }, PLAN, () => undefined)).toBe(
      'an entry that has no row for near matches on its list',
    );
  });
  test.each(['video', 'file', 'unknown'] as const)(
    'is refused in a medium that the plan does not name: %s',
    (media) => {
      expect(reasonFor([NEAR], media)).toBe('a finding in a medium that the plan does not name');
    },
  );
});

describe('a kind of match', () => {
  const PLAUSIBLE: Record<KnownFinding['match'], [media: Verdict['media'], line: Media][]> = {
    exact: [
      ['image', 'image'],
      ['video', 'video'],
      ['file', 'file'],
      ['unknown', 'file'],
    ],
    near: [
      ['image', 'image'],
      ['video', 'video'],
    ],
    member: [
      ['image', 'image'],
      ['file', 'file'],
    ],
    part: [['image', 'image']],
  };
  const why = (match: KnownFinding['match'], media: Verdict['media'], line: Media[]): string | undefined =>
    implausible(
      { media, findings: [{ ...NEAR, match, distance: 0 }], complete: false, reason: 'decode' },
      { lists: [{ fileDigest: LIST, media: line, maxDistance: 10, minQuality: 50, variants: [] }], models: [] },
      () => ENTRIES,
    );
  test.each(MATCH_KINDS)('%s passes only in the media that it is built for, under a line of one medium', (match) => {
    const passing = ([...MEDIA, 'unknown'] as const).flatMap((media) =>
      MEDIA.filter((line) => why(match, media, [line]) === undefined).map((line) => [media, line]),
    );
    expect(passing).toEqual(PLAUSIBLE[match]);
  });
  test('part passes in a file only under a line for pictures or videos as well', () => {
    expect(why('part', 'file', ['file'])).toBe('a part match for a line of other media');
    expect(why('part', 'file', ['image', 'file'])).toBeUndefined();
    expect(why('part', 'file', ['video', 'file'])).toBeUndefined();
    expect(why('near', 'file', ['image', 'file'])).toBe('a near match in content that cannot have one');
    expect(why('part', 'video', ['image', 'video'])).toBe('a part match in content that cannot have one');
    expect(why('part', 'unknown', ['image', 'file'])).toBe('a part match in content that cannot have one');
  });
});

test('a verdict of a missing list has no finding', () => {
  const missing = (findings: Finding[]): string | undefined =>
    implausible({ media: 'image', findings, complete: false, reason: 'list-missing' }, PLAN, () => ENTRIES);
  expect(missing([])).toBeUndefined();
  for (const finding of [NEAR, FOUND]) expect(missing([finding])).toBe('a finding although a list was missing');
});

describe('a model finding', () => {
  test.each<[string, Finding[]]>([
    ['the order’s bucket', [FOUND]],
    ['the highest bucket', [{ ...FOUND, bucket: 10 }]],
    ['each model of the plan', [FOUND, { ...FOUND, model: 1, bucket: 1 }]],
    ['a list of the same index', [FOUND, NEAR]],
  ])('passes with %s', (_, findings) => {
    expect(reasonFor(findings)).toBeUndefined();
  });
  test.each<[string, Finding[], string]>([
    ['a model that is not in the plan', [{ ...FOUND, model: 2 }], 'a finding for a model that is not in the plan'],
    ['one model twice', [FOUND, { ...FOUND, bucket: 7 }], 'two findings for one model of the plan'],
    ['a bucket below the order’s', [{ ...FOUND, bucket: 5 }], 'a bucket below the order’s'],
    ['bucket 0', [{ ...FOUND, model: 1, bucket: 0 }], 'a bucket below the order’s'],
    ['a bucket below the order’s, after a true finding', [NEAR, { ...FOUND, bucket: 5 }], 'a bucket below the order’s'],
  ])('is refused for %s', (_, findings, why) => {
    expect(reasonFor(findings)).toBe(why);
  });
  test.each(['video', 'file', 'unknown'] as const)('is refused in content that is not a picture: %s', (media) => {
    expect(reasonFor([FOUND], media)).toBe('a finding of a model in content that is not a picture');
  });
});
