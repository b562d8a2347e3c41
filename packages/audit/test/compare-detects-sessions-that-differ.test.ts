import { describe, expect, test } from 'vitest';
import type { DetectionOrder } from '@lodestone/protocol/order';
import {
  compareClaims,
  LEVEL,
  observerLearns,
  testsOf,
  withImmediateRequests,
} from '../src/commands/compare/claims.ts';
import { ecdf } from '../src/report/html/ecdf.ts';
import { delays, gaps, type Observed, repeats } from '../src/commands/compare/observation.ts';
import { largestGap, meanDifference, permutationTest, shareDifference } from '../src/commands/compare/statistics.ts';

const LENGTH_MS = 40_000;

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff; // ANSI C
    return state / 0x80000000;
  };
}

function order(cover: boolean): DetectionOrder {
  const receiver = {
    endpoint: 'https://x.example/',
    keys: 'p:v1/keys/k.json',
    subject: 'none',
    slotsPerDay: 86_400,
    cover,
  };
  return { receiver } as unknown as DetectionOrder;
}

/** A session whose posts have exponential gaps of one second, like slots; without `cover` it has no posts. */
function session(seed: number, { cover = true, size = 746, others = 32 } = {}): Observed {
  const random = randomFrom(seed);
  const posts: Observed['posts'][number][] = [];
  for (let at = 1_000; at < LENGTH_MS && cover; at -= Math.log(1 - random()) * 1_000)
    posts.push({ atMs: at, to: 'https://provider.example', bytes: size, body: `${seed} ${at}` });
  return {
    durationMs: LENGTH_MS,
    posts,
    others: Array.from({ length: others }, (_, i) => ({ what: `GET https://lists.example/${i}`, bytes: 300 })),
    attached: [5_000, 12_000, 19_000, 26_000, 33_000].map((atMs) => ({ atMs, result: 'x' })),
    firstPartyRequests: 10,
    orders: [order(cover)],
  };
}
const group = (from: number, many = 6): Observed[] =>
  Array.from({ length: many }, (_, i) => session(from * 7_919 + i * 104_729));
const statuses = (arms: Parameters<typeof compareClaims>[0]): string[] =>
  compareClaims(arms).map(({ status }) => status);

describe('statistics', () => {
  const of = (...values: number[][]): number[][] => values;

  test('p of a completely separated number is exact', () => {
    const { each, joint, assignments } = permutationTest(4, 4, [meanDifference([2, 2, 2, 2, 0, 0, 0, 0])]);
    expect(assignments).toBe(70);
    expect(each[0]).toBeCloseTo(2 / 70, 9);
    expect(joint).toBeCloseTo(2 / 70, 9);
  });

  test('p of a mean difference equals that of a permutation test by hand', () => {
    // Of the 6 assignments of 1, 2, 3, 9 to pairs, {1,2}, {3,9} and no others differ by at least 4.5.
    expect(permutationTest(2, 2, [meanDifference([1, 2, 3, 9])]).each[0]).toBeCloseTo(2 / 6, 9);
  });

  test('one session against one has no p below 1', () => {
    expect(permutationTest(1, 1, [meanDifference([2, 0])])).toEqual({ each: [1], joint: 1, assignments: 2 });
  });

  test('the largest gap between two distributions is exact', () => {
    const gap = (a: number[][], b: number[][]): number =>
      largestGap([...a, ...b])(Uint8Array.from([...a.map(() => 1), ...b.map(() => 0)]));
    expect(gap(of([1, 2, 3, 4]), of([1, 2, 3, 4]))).toBe(0);
    expect(gap(of([1], [2]), of([3], [4]))).toBe(1);
    expect(gap(of([1, 3]), of([2, 4]))).toBe(0.5);
    expect(gap(of([1, 1, 2]), of([1, 2, 2]))).toBeCloseTo(1 / 3);
    expect(gap(of([1, Infinity]), of([1, Infinity]))).toBe(0);
    expect(gap(of([1, 2]), of([Infinity, Infinity]))).toBe(1);
  });

  test('the share of kinds differs between 0 and 2', () => {
    const isFirst = Uint8Array.from([1, 0]);
    expect(shareDifference([['a', 'a'], ['a']])(isFirst)).toBe(0);
    expect(shareDifference([['a'], ['b']])(isFirst)).toBe(2);
    expect(shareDifference([['a', 'b'], ['b']])(isFirst)).toBe(1);
  });

  test('with many sessions a fixed sample of the assignments gives the same p each time', () => {
    const values = Array.from({ length: 24 }, (_, i) => (i * 7) % 11);
    const result = permutationTest(12, 12, [meanDifference(values)]);
    expect(result.assignments).toBe(20_000);
    expect(permutationTest(12, 12, [meanDifference(values)])).toEqual(result);
  });

  test('the joint p is below 1 % in about 1 % of equal groups, with five statistics', () => {
    let below = 0;
    for (let run = 1; run <= 200; run++) {
      const random = randomFrom(run * 65_537);
      const columns = Array.from({ length: 5 }, () => meanDifference(Array.from({ length: 12 }, random)));
      if (permutationTest(6, 6, columns).joint < 0.01) below++;
    }
    expect(below).toBeLessThanOrEqual(7); // 2 are expected; more than 7 of 200 occur once in 1,000 runs
  });
});

test('gaps and delays are what an observer can measure', () => {
  const posts = [1_000, 4_000, 9_000].map((atMs) => ({ atMs, to: 'x', bytes: 1, body: atMs < 5_000 ? 'a' : 'b' }));
  const one: Observed = { ...session(1), posts };
  expect(gaps(one)).toEqual([3_000, 5_000]);
  // The end of the recording is no event.
  expect(delays(one)).toEqual([4_000, Infinity, Infinity, Infinity, Infinity]);
  expect(repeats(one)).toBe(1);
});

test('a delay of Infinity is not drawn: the chart has no step at the end of the recording', () => {
  const chart = (...values: number[]): string => ecdf('Delays', [{ name: 'Matching', tone: 'b', values }]).text;
  const line = (svg: string): string => /<path\s+d="(M[^"]+)"\s+fill="none"/.exec(svg)?.[1] ?? '';
  // Up to 50 % at 4 s, the right end of the time axis, and level from there on.
  expect(line(chart(4, Infinity))).toBe('M60 190H900.0V101.0H900');
  expect(chart(4, Infinity)).toContain('Matching (1 of 2)');
  // Up at the time of a request that did follow.
  expect(line(chart(4, 8))).toBe('M60 190H480.0V101.0H900.0V12.0H900');
  // Nothing followed: one level line, and no time beyond the axis.
  expect(line(chart(Infinity, Infinity))).toBe('M60 190H900');
});

test('with cover traffic, equal groups pass and the control is noticed', () => {
  expect(statuses({ matching: group(1), innocent: group(2) })).toEqual(['pass', 'pass', 'pass', 'not-tested']);
});

test('a device that sends immediately after a match fails', () => {
  expect(statuses({ matching: withImmediateRequests(group(1)), innocent: group(2) })[2]).toBe('fail');
});

test('a device that sends twice as much fails', () => {
  const twice = group(1).map((one, i) => ({ ...one, posts: [...one.posts, ...session(i + 99).posts] }));
  expect(testsOf({ matching: twice, innocent: group(2) }).each[0]?.p).toBeLessThan(LEVEL);
  expect(statuses({ matching: twice, innocent: group(2) })[2]).toBe('fail');
});

test('a device that repeats bodies after a match fails', () => {
  const repeating = group(1).map((one) => ({
    ...one,
    posts: one.posts.map((post, i) => ({ ...post, body: i % 4 === 1 ? (one.posts[i - 1]?.body ?? '') : post.body })),
  }));
  expect(testsOf({ matching: repeating, innocent: group(2) }).each[2]?.p).toBeLessThan(LEVEL);
  expect(statuses({ matching: repeating, innocent: group(2) })[2]).toBe('fail');
});

test('too few observations are not tested, and the result says how many pairs are needed', () => {
  for (const pairs of [1, 2, 3]) {
    const claims = compareClaims({ matching: group(1, pairs), innocent: group(2, pairs) });
    expect(claims[2]).toMatchObject({ status: 'not-tested', result: expect.stringContaining('--pairs 6 or more') });
  }
});

test('2 requests with matches against 0 without never pass', () => {
  const [quiet] = [session(5, { cover: false })];
  const two = [6_000, 13_000].map((atMs) => ({ atMs, to: 'https://provider.example', bytes: 746, body: `${atMs}` }));
  for (const cover of [true, false]) {
    for (const pairs of [1, 4, 6]) {
      const matching = Array.from({ length: pairs }, () => ({ ...quiet, posts: two, orders: [order(cover)] }));
      const innocent = Array.from({ length: pairs }, () => ({ ...quiet, orders: [order(cover)] }));
      const [, sizes, cannotTell] = statuses({ matching, innocent });
      expect(sizes).toBe('not-tested');
      expect(cannotTell).toBe(cover && pairs < 6 ? 'not-tested' : 'fail');
    }
  }
});

test('equal groups rarely fail', () => {
  let broken = 0;
  for (let run = 0; run < 30; run++) {
    if (testsOf({ matching: group(run * 2 + 10), innocent: group(run * 2 + 11) }).joint < LEVEL) broken++;
  }
  expect(broken).toBeLessThanOrEqual(2);
});

test('another size, another server or another input request fails without statistics', () => {
  const [first, ...rest] = group(1);
  const larger = [session(3, { size: 747 }), ...rest];
  expect(statuses({ matching: larger, innocent: group(2) })[1]).toBe('fail');
  const elsewhere = [
    { ...first!, posts: first!.posts.map((post) => ({ ...post, to: 'https://other.example' })) },
    ...rest,
  ];
  expect(statuses({ matching: elsewhere, innocent: group(2) })[1]).toBe('fail');
  const more = compareClaims({ matching: [session(4, { others: 33 }), ...rest], innocent: group(2) })[0];
  expect(more).toMatchObject({ status: 'fail', result: expect.stringContaining('https://lists.example/32') });
});

test('a repeated request is named, with its count in each session', () => {
  const [first, ...rest] = group(1);
  const again = { ...first!, others: [...first!.others, first!.others[0]!] };
  const innocent = group(2);
  const times = [2, ...rest.map(() => 1)].join(', ');
  expect(compareClaims({ matching: [again, ...rest], innocent })[0]).toMatchObject({
    status: 'fail',
    result: `GET https://lists.example/0 (300 bytes): ${times} times with matches, ${innocent.map(() => 1).join(', ')} times without.`,
  });
});

test('without cover traffic an observer can tell, the report says what, and an innocent device must send nothing', () => {
  const quiet = [session(5, { cover: false }), session(6, { cover: false })];
  const signalled = quiet.map((one) => ({
    ...one,
    posts: [{ atMs: 6_000, to: 'https://provider.example', bytes: 746, body: 'x' }],
  }));
  expect(statuses({ matching: signalled, innocent: quiet })).toEqual(['pass', 'not-tested', 'fail', 'pass']);
  expect(observerLearns({ matching: signalled, innocent: quiet }).join(' ')).toContain(
    'learns that this device has signalled',
  );
  expect(statuses({ matching: signalled, innocent: signalled })[3]).toBe('fail');
});
