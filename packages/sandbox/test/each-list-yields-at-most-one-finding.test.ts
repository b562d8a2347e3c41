/** Each list of the plan yields at most one finding: exact before near, then the nearest, then the first row. Suppressed entries never match. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { loadPdq } from '@lodestone/pdq';
import { check, LIMITS } from '@lodestone/protocol';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import type { PlanList } from '@lodestone/protocol/sandbox';
import { type KnownFinding, Verdict } from '@lodestone/protocol/verdict';
import { beforeEach, describe, expect, test } from 'vitest';
import { Lists } from '../src/scanner/lists.ts';
import {
  chooseFindings,
  matchExact,
  matchNear,
  type ListLookup,
  needsDigest,
  type VariantHash,
} from '../src/scanner/match.ts';
import { UNTURNED } from './unturned.ts';

const pdq = await loadPdq();
const LIST = 'a'.repeat(64) as AnyDigest;
const OTHER = 'b'.repeat(64) as AnyDigest;

/** A hash of 32 bytes whose first `bits` bits differ from zeros. */
function hashAt(bits: number): Uint8Array {
  const hash = new Uint8Array(32);
  for (let bit = 0; bit < bits; bit++) hash[bit >> 3] = (hash[bit >> 3] as number) | (0x80 >> (bit & 7));
  return hash;
}
const picture = { quality: 100, own: hashAt(0), others: [], ...UNTURNED, variants: [] };

let lists: Lists;
beforeEach(() => {
  lists = new Lists(pdq);
});

function load(records: ListRecord[], { digest = LIST, suppressed = [] as number[] } = {}): void {
  const file = printRelease(records).buffer;
  expect(lists.load({ fileDigest: digest, file, suppressed: Uint32Array.from(suppressed) })).toEqual({ ok: true });
}

function lookups(...plan: Partial<PlanList>[]): ListLookup[] {
  const defaults: PlanList = { fileDigest: LIST, media: ['image'], maxDistance: 31, minQuality: 50, variants: [] };
  return lists.lookupsFor({ lists: plan.map((part) => ({ ...defaults, ...part })) }, 'image') ?? [];
}

describe('near', () => {
  test('the nearest row wins', async () => {
    load([
      { type: 'pdq', entry: 1, payload: hashAt(9) },
      { type: 'pdq', entry: 2, payload: hashAt(4) },
      { type: 'pdq', entry: 3, payload: hashAt(6) },
    ]);
    expect(await matchNear(lookups({}), [picture])).toEqual([
      { kind: 'known', list: 0, entry: 2, match: 'near', distance: 4 },
    ]);
  });

  test('of equally near rows the first wins', async () => {
    const payloads = [1, 2, 4].map((byte) => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? byte : 0)));
    load(payloads.map((payload, i) => ({ type: 'pdq', entry: 30 - i, payload })));
    expect(await matchNear(lookups({}), [picture])).toMatchObject([{ entry: 30, distance: 1 }]);
  });

  test('a row beyond maxDistance does not match', async () => {
    load([{ type: 'pdq', entry: 1, payload: hashAt(12) }]);
    expect(await matchNear(lookups({ maxDistance: 11 }, { maxDistance: 12 }), [picture])).toMatchObject([
      { list: 1, distance: 12 },
    ]);
  });

  test('a picture below minQuality does not match', async () => {
    load([{ type: 'pdq', entry: 1, payload: hashAt(0) }]);
    const found = await matchNear(lookups({ minQuality: 60 }, { minQuality: 59 }), [{ ...picture, quality: 59 }]);
    expect(found).toMatchObject([{ list: 1 }]);
  });

  test('rotated hashes match only in lists with the variant "orientations"', async () => {
    load([{ type: 'pdq', entry: 1, payload: hashAt(0) }]);
    const rotated = { quality: 100, own: hashAt(200), others: [hashAt(100), hashAt(3)], ...UNTURNED, variants: [] };
    expect(await matchNear(lookups({}, { variants: ['orientations'] }), [rotated])).toMatchObject([
      { list: 1, distance: 3 },
    ]);
  });

  describe('variants', () => {
    const cut: VariantHash = { group: 'margins', name: 'margin 1 %', hash: hashAt(5), quality: 80, match: 'near' };
    const inside: VariantHash = {
      group: 'borders',
      name: 'without borders',
      hash: hashAt(2),
      quality: 80,
      match: 'part',
    };
    const far = { ...picture, own: hashAt(200) };
    const all: Partial<PlanList> = { variants: ['margins', 'borders'] };
    beforeEach(() => load([{ type: 'pdq', entry: 1, payload: hashAt(0) }]));

    test('match only in lists that name their group', async () => {
      const edited = { ...far, variants: [cut, inside] };
      expect(
        await matchNear(
          lookups({}, { variants: ['rotations'] }, { variants: ['margins'] }, { variants: ['borders'] }),
          [edited],
        ),
      ).toEqual([
        { kind: 'known', list: 2, entry: 1, match: 'near', distance: 5 },
        { kind: 'known', list: 3, entry: 1, match: 'part', distance: 2 },
      ]);
    });

    test('the whole picture comes before a part of it that is nearer', async () => {
      expect(await matchNear(lookups(all), [{ ...far, variants: [inside, cut] }])).toMatchObject([
        { match: 'near', distance: 5 },
      ]);
      const own = { ...picture, own: hashAt(9), variants: [inside] };
      expect(await matchNear(lookups(all), [own])).toMatchObject([{ match: 'near', distance: 9 }]);
    });

    test('that equal a listed hash are near, not exact', async () => {
      const equal = { ...far, variants: [{ ...cut, hash: hashAt(0) }] };
      expect(await matchNear(lookups(all), [equal])).toMatchObject([{ match: 'near', distance: 0 }]);
    });

    test('have a quality of their own: a picture in a wide border is flat', async () => {
      expect(await matchNear(lookups(all), [{ ...picture, quality: 49, variants: [inside] }])).toMatchObject([
        { match: 'part' },
      ]);
      expect(await matchNear(lookups(all), [{ ...far, variants: [{ ...inside, quality: 49 }] }])).toEqual([]);
    });
  });

  test('instead of a suppressed entry the next nearest matches', async () => {
    const records: ListRecord[] = [
      { type: 'pdq', entry: 1, payload: hashAt(0) },
      { type: 'pdq', entry: 2, payload: hashAt(8) },
    ];
    load(records, { suppressed: [1, 99] });
    expect(await matchNear(lookups({}), [picture])).toMatchObject([{ entry: 2, distance: 8 }]);
    load(records, { suppressed: [1, 2] });
    expect(await matchNear(lookups({}), [picture])).toEqual([]);
  });
});

describe('exact', () => {
  const digests = Array.from({ length: 9 }, (_, i) => Uint8Array.from({ length: 32 }, () => 10 * (i + 1)));

  test('each listed digest matches, and no other', () => {
    load(digests.map((payload, i) => ({ type: 'sha256', entry: i + 1, payload })));
    for (const [i, digest] of digests.entries()) {
      expect(matchExact(lookups({}), digest)).toEqual([
        { kind: 'known', list: 0, entry: i + 1, match: 'exact', distance: 0 },
      ]);
    }
    for (const byte of [0, 15, 95, 255]) {
      expect(matchExact(lookups({}), new Uint8Array(32).fill(byte))).toEqual([]);
    }
  });

  test('a suppressed entry does not match', () => {
    load([{ type: 'sha256', entry: 5, payload: digests[0] as Uint8Array }], { suppressed: [5] });
    expect(matchExact(lookups({}), digests[0] as Uint8Array)).toEqual([]);
  });

  test('the digest is needed only if a list has SHA-256 rows', () => {
    load([{ type: 'pdq', entry: 1, payload: hashAt(0) }]);
    load([{ type: 'sha256', entry: 1, payload: hashAt(0) }], { digest: OTHER });
    expect(needsDigest(lookups({}))).toBe(false);
    expect(needsDigest(lookups({}, { fileDigest: OTHER }))).toBe(true);
  });
});

describe('the verdict’s findings', () => {
  const near = (list: number, distance: number): KnownFinding => ({
    kind: 'known',
    list,
    entry: 1,
    match: 'near',
    distance,
  });
  const exact = (list: number): KnownFinding => ({ kind: 'known', list, entry: 2, match: 'exact', distance: 0 });

  test('an exact finding replaces the near one of the same list', () => {
    expect(chooseFindings([exact(1)], [near(0, 3), near(1, 0)])).toEqual([exact(1), near(0, 3)]);
  });

  test('are exact ones, then the models’, then near ones', () => {
    const sensitive = [0, 1].map((model) => ({ kind: 'sensitive' as const, model, bucket: 9 }));
    expect(chooseFindings([exact(1)], [near(0, 3), near(2, 0)], sensitive)).toEqual([
      exact(1),
      ...sensitive,
      near(2, 0),
      near(0, 3),
    ]);
  });

  test('are of the kind that a model may confirm, although a member or a part is nearer', () => {
    const member: KnownFinding = { ...near(0, 0), match: 'member' };
    const part: KnownFinding = { ...near(0, 0), entry: 3, match: 'part' };
    expect(chooseFindings([], [part, member, near(0, 9)])).toEqual([near(0, 9)]);
    expect(chooseFindings([], [part, member])).toEqual([member]);
    expect(chooseFindings([exact(0)], [part, member, near(0, 9)])).toEqual([exact(0)]);
    expect(chooseFindings([], [part, near(1, 9)])).toEqual([part, near(1, 9)]);
  });

  test('are near ones nearest first, then by list', () => {
    const found = chooseFindings(
      [exact(9)],
      [8, 3, 5, 5, 0, 7, 9, 2, 31].map((distance, list) => near(list, distance)),
    );
    expect(found.map((one) => one.kind === 'known' && one.list)).toEqual([9, 4, 7, 1, 2, 3, 5, 0, 6, 8]);
  });

  test('of the largest plan are all in the verdict, and the message gate accepts it', () => {
    const sensitive = Array.from({ length: LIMITS.planModels }, (_, model) => ({
      kind: 'sensitive' as const,
      model,
      bucket: 9,
    }));
    const listed = Array.from({ length: LIMITS.planLists }, (_, list) => list);
    const isExact = (list: number): boolean => list % 2 === 0;
    const findings = chooseFindings(
      listed.filter(isExact).map(exact),
      listed.map((list) => near(list, 31)),
      sensitive,
    );
    expect(findings).toHaveLength(LIMITS.planLists + LIMITS.planModels);
    const verdict = { media: 'image', findings, complete: true };
    expect(check(Verdict, verdict, 'verdict')).toEqual(verdict);
    expect(chooseFindings(listed.map(exact), [])).toEqual(listed.map(exact));
  });
});

describe('lists', () => {
  test('a picture is not looked up among the frames of videos', async () => {
    load([{ type: 'vpdq', entry: 1, payload: hashAt(0) }]);
    expect(await matchNear(lookups({}), [picture])).toEqual([]);
    expect(matchExact(lookups({}), hashAt(0))).toEqual([]);
  });

  test('only the lists for the medium must be loaded', () => {
    load([]);
    const plan = {
      lists: [
        { fileDigest: LIST, media: ['image' as const], maxDistance: 1, minQuality: 1, variants: [] },
        { fileDigest: OTHER, media: ['video' as const, 'file' as const], maxDistance: 1, minQuality: 1, variants: [] },
      ],
    };
    expect(lists.lookupsFor(plan, 'image')).toHaveLength(1);
    expect(lists.lookupsFor(plan, 'file')).toBeUndefined();
  });

  test('bytes that are not a list file are refused', () => {
    expect(lists.load({ fileDigest: LIST, file: new ArrayBuffer(32), suppressed: new Uint32Array() })).toEqual({
      ok: false,
    });
  });
});
