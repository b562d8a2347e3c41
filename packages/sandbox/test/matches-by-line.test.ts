/** One finding a line: exact before near, the nearest, then the first row; never a suppressed entry; eight at most. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { loadPdq } from '@lodestone/pdq';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import type { PlanList } from '@lodestone/protocol/sandbox';
import type { KnownFinding } from '@lodestone/protocol/verdict';
import { beforeEach, describe, expect, test } from 'vitest';
import { Lists } from '../src/scanner/lists.ts';
import { chooseFindings, matchExact, matchNear, type PlanLine, wantsDigest } from '../src/scanner/match.ts';

const pdq = await loadPdq();
const LIST = 'a'.repeat(64) as AnyDigest;
const OTHER = 'b'.repeat(64) as AnyDigest;

/** A hash of 32 bytes whose first `bits` bits differ from zeros. */
function hashAt(bits: number): Uint8Array {
  const hash = new Uint8Array(32);
  for (let bit = 0; bit < bits; bit++) hash[bit >> 3] = (hash[bit >> 3] as number) | (0x80 >> (bit & 7));
  return hash;
}
const asked = { quality: 100, own: hashAt(0), turned: [] };

let lists: Lists;
beforeEach(() => {
  lists = new Lists(pdq);
});

function load(records: ListRecord[], { digest = LIST, suppressed = [] as number[] } = {}): void {
  const file = printRelease(records).buffer;
  expect(lists.load({ fileDigest: digest, file, suppressed: Uint32Array.from(suppressed) })).toEqual({ ok: true });
}

function lines(...plan: Partial<PlanList>[]): PlanLine[] {
  const line: PlanList = { fileDigest: LIST, media: ['image'], maxDistance: 31, minQuality: 50, variants: [] };
  return lists.linesFor({ lists: plan.map((part) => ({ ...line, ...part })) }, 'image') ?? [];
}

describe('near', () => {
  test('the nearest row wins', () => {
    load([
      { type: 'pdq', entry: 1, payload: hashAt(9) },
      { type: 'pdq', entry: 2, payload: hashAt(4) },
      { type: 'pdq', entry: 3, payload: hashAt(6) },
    ]);
    expect(matchNear(lines({}), asked)).toEqual([{ kind: 'known', list: 0, entry: 2, match: 'near', distance: 4 }]);
  });

  test('among rows as near as each other, the first', () => {
    const payloads = [1, 2, 4].map((octet) => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? octet : 0)));
    load(payloads.map((payload, i) => ({ type: 'pdq', entry: 30 - i, payload })));
    expect(matchNear(lines({}), asked)).toMatchObject([{ entry: 30, distance: 1 }]);
  });

  test('not beyond the line’s distance', () => {
    load([{ type: 'pdq', entry: 1, payload: hashAt(12) }]);
    expect(matchNear(lines({ maxDistance: 11 }, { maxDistance: 12 }), asked)).toMatchObject([
      { list: 1, distance: 12 },
    ]);
  });

  test('not below the line’s quality', () => {
    load([{ type: 'pdq', entry: 1, payload: hashAt(0) }]);
    const found = matchNear(lines({ minQuality: 60 }, { minQuality: 59 }), { ...asked, quality: 59 });
    expect(found).toMatchObject([{ list: 1 }]);
  });

  test('turned hashes count only for lines that ask for orientations', () => {
    load([{ type: 'pdq', entry: 1, payload: hashAt(0) }]);
    const picture = { quality: 100, own: hashAt(200), turned: [hashAt(100), hashAt(3)] };
    expect(matchNear(lines({}, { variants: ['orientations'] }), picture)).toMatchObject([{ list: 1, distance: 3 }]);
  });

  test('a suppressed entry gives way to the next nearest', () => {
    const records: ListRecord[] = [
      { type: 'pdq', entry: 1, payload: hashAt(0) },
      { type: 'pdq', entry: 2, payload: hashAt(8) },
    ];
    load(records, { suppressed: [1, 99] });
    expect(matchNear(lines({}), asked)).toMatchObject([{ entry: 2, distance: 8 }]);
    load(records, { suppressed: [1, 2] });
    expect(matchNear(lines({}), asked)).toEqual([]);
  });
});

describe('exact', () => {
  const digests = Array.from({ length: 9 }, (_, i) => Uint8Array.from({ length: 32 }, () => 10 * (i + 1)));

  test('each listed digest is found, and none beside them', () => {
    load(digests.map((payload, i) => ({ type: 'sha256', entry: i + 1, payload })));
    for (const [i, digest] of digests.entries()) {
      expect(matchExact(lines({}), digest)).toEqual([
        { kind: 'known', list: 0, entry: i + 1, match: 'exact', distance: 0 },
      ]);
    }
    for (const octet of [0, 15, 95, 255]) {
      expect(matchExact(lines({}), new Uint8Array(32).fill(octet))).toEqual([]);
    }
  });

  test('never a suppressed entry', () => {
    load([{ type: 'sha256', entry: 5, payload: digests[0] as Uint8Array }], { suppressed: [5] });
    expect(matchExact(lines({}), digests[0] as Uint8Array)).toEqual([]);
  });

  test('a digest is wanted only where a line’s list has rows of that kind', () => {
    load([{ type: 'pdq', entry: 1, payload: hashAt(0) }]);
    load([{ type: 'sha256', entry: 1, payload: hashAt(0) }], { digest: OTHER });
    expect(wantsDigest(lines({}))).toBe(false);
    expect(wantsDigest(lines({}, { fileDigest: OTHER }))).toBe(true);
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

  test('a line’s exact finding replaces its near one', () => {
    expect(chooseFindings([exact(1)], [near(0, 3), near(1, 0)])).toEqual([exact(1), near(0, 3)]);
  });

  test('eight at most, the nearest first, then by line', () => {
    const found = chooseFindings(
      [exact(9)],
      [8, 3, 5, 5, 0, 7, 9, 2, 31].map((distance, list) => near(list, distance)),
    );
    expect(found.map(({ list }) => list)).toEqual([9, 4, 7, 1, 2, 3, 5, 0]);
  });
});

describe('lists', () => {
  test('groups of video frames are read and not looked up', () => {
    load([{ type: 'vpdq', entry: 1, payload: hashAt(0) }]);
    expect(matchNear(lines({}), asked)).toEqual([]);
    expect(matchExact(lines({}), hashAt(0))).toEqual([]);
  });

  test('only lines of the medium need their list', () => {
    load([]);
    const plan = {
      lists: [
        { fileDigest: LIST, media: ['image' as const], maxDistance: 1, minQuality: 1, variants: [] },
        { fileDigest: OTHER, media: ['video' as const, 'file' as const], maxDistance: 1, minQuality: 1, variants: [] },
      ],
    };
    expect(lists.linesFor(plan, 'image')).toHaveLength(1);
    expect(lists.linesFor(plan, 'file')).toBeUndefined();
  });

  test('what is no list file is refused', () => {
    expect(lists.load({ fileDigest: LIST, file: new ArrayBuffer(32), suppressed: new Uint32Array() })).toEqual({
      ok: false,
    });
  });
});
