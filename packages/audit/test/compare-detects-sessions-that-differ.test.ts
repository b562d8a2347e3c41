import { describe, expect, test } from 'vitest';
import type { DetectionOrder } from '@lodestone/protocol/order';
import {
  compareClaims,
  LEVEL,
  observerLearns,
  testsOf,
  withImmediateRequests,
} from '../src/commands/compare/claims.ts';
import { delays, gaps, type Observed } from '../src/commands/compare/observation.ts';
import { countsDiffer, largestGap, samplesDiffer } from '../src/commands/compare/statistics.ts';

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
    posts.push({ atMs: at, to: 'https://provider.example', bytes: size });
  return {
    durationMs: LENGTH_MS,
    posts,
    others: Array.from({ length: others }, (_, i) => ({ what: `GET https://lists.example/${i}`, bytes: 300 })),
    attached: [5_000, 12_000, 19_000, 26_000, 33_000].map((atMs) => ({ atMs, result: 'x' })),
    firstPartyRequests: 10,
    orders: [order(cover)],
  };
}
const group = (from: number, many = 4): Observed[] =>
  Array.from({ length: many }, (_, i) => session(from * 7_919 + i * 104_729));
const statuses = (arms: Parameters<typeof compareClaims>[0]): string[] =>
  compareClaims(arms).map(({ status }) => status);

describe('statistics', () => {
  test('the p of two counts equals that of binom.test in R', () => {
    expect(countsDiffer(10, 10, 0.5)).toBeCloseTo(1, 6);
    expect(countsDiffer(5, 15, 0.5)).toBeCloseTo(0.04138947, 6); // binom.test(5, 20)
    expect(countsDiffer(0, 10, 0.5)).toBeCloseTo(0.001953125, 9); // binom.test(0, 10)
    expect(countsDiffer(3, 17, 0.25)).toBeCloseTo(0.4393741, 6); // binom.test(3, 20, 0.25)
    expect(countsDiffer(0, 0, 0.5)).toBe(1);
  });

  test('the largest gap between two distributions is exact', () => {
    expect(largestGap([1, 2, 3, 4], [1, 2, 3, 4])).toBe(0);
    expect(largestGap([1, 2], [3, 4])).toBe(1);
    expect(largestGap([1, 3], [2, 4])).toBe(0.5);
    expect(largestGap([1, 1, 2], [1, 2, 2])).toBeCloseTo(1 / 3);
  });

  test('samples of one distribution rarely differ significantly, samples of two usually do', () => {
    const exponential = (random: () => number, mean: number, many: number): number[] =>
      Array.from({ length: many }, () => -Math.log(1 - random()) * mean);
    let same = 0;
    let other = 0;
    for (let run = 1; run <= 40; run++) {
      const random = randomFrom(run * 65_537);
      const [a, b, c] = [exponential(random, 1, 30), exponential(random, 1, 30), exponential(random, 4, 30)];
      if (samplesDiffer(a, b) < 0.05) same++;
      if (samplesDiffer(a, c) < 0.05) other++;
    }
    expect(same).toBeLessThanOrEqual(6); // 2 are expected; more than 6 of 40 occur once in 200 runs
    expect(other).toBeGreaterThanOrEqual(38);
  });

  test('the same data yield the same p', () => {
    expect(samplesDiffer([1, 2, 3], [2, 3, 9])).toBe(samplesDiffer([1, 2, 3], [2, 3, 9]));
  });
});

test('gaps and delays are what an observer can measure', () => {
  const one: Observed = { ...session(1), posts: [1_000, 4_000, 9_000].map((atMs) => ({ atMs, to: 'x', bytes: 1 })) };
  expect(gaps(one)).toEqual([3_000, 5_000]);
  expect(delays(one)).toEqual([4_000, LENGTH_MS - 12_000, LENGTH_MS - 19_000, LENGTH_MS - 26_000, LENGTH_MS - 33_000]);
});

test('with cover traffic, equal groups pass and the control is noticed', () => {
  expect(statuses({ matching: group(1), innocent: group(2) })).toEqual(['pass', 'pass', 'pass', 'not-tested']);
});

test('a device that sends immediately after a match fails', () => {
  expect(statuses({ matching: withImmediateRequests(group(1)), innocent: group(2) })[2]).toBe('fail');
});

test('a device that sends twice as much fails', () => {
  const twice = group(1).map((one, i) => ({ ...one, posts: [...one.posts, ...session(i + 99).posts] }));
  expect(testsOf({ matching: twice, innocent: group(2) })[0]?.p).toBeLessThan(LEVEL / 3);
  expect(statuses({ matching: twice, innocent: group(2) })[2]).toBe('fail');
});

test('too few observations are not tested', () => {
  const short = (sessions: Observed[]): Observed[] =>
    sessions.map((one) => ({ ...one, posts: one.posts.slice(0, 2), attached: [] }));
  expect(statuses({ matching: short(group(1, 1)), innocent: short(group(2, 1)) })[2]).toBe('not-tested');
});

test('equal groups rarely fail', () => {
  let broken = 0;
  for (let run = 0; run < 30; run++) {
    if (statuses({ matching: group(run * 2 + 10, 2), innocent: group(run * 2 + 11, 2) })[2] === 'fail') broken++;
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

test('without cover traffic the report says what an observer learns, and an innocent device must send nothing', () => {
  const quiet = [session(5, { cover: false }), session(6, { cover: false })];
  const signalled = quiet.map((one) => ({
    ...one,
    posts: [{ atMs: 6_000, to: 'https://provider.example', bytes: 746 }],
  }));
  expect(statuses({ matching: signalled, innocent: quiet })).toEqual(['pass', 'pass', 'not-tested', 'pass']);
  expect(observerLearns({ matching: signalled, innocent: quiet }).join(' ')).toContain(
    'learns that this device has signalled',
  );
  expect(statuses({ matching: signalled, innocent: signalled })[3]).toBe('fail');
});
