import { describe, expect, test } from 'vitest';
import type { DetectionOrder } from '@lodestone/protocol/order';
import { careless, claimsOf, learned, LEVEL, testsOf } from '../src/commands/compare/claims.ts';
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

/** A session whose posts are at exponential gaps of one second, as slots are; without `cover` it has none. */
function session(seed: number, { cover = true, size = 746, others = 32 } = {}): Observed {
  const random = randomFrom(seed);
  const posts: Observed['posts'][number][] = [];
  for (let at = 1_000; at < LENGTH_MS && cover; at -= Math.log(1 - random()) * 1_000)
    posts.push({ atMs: at, to: 'https://provider.example', bytes: size });
  return {
    durationMs: LENGTH_MS,
    posts,
    others: Array.from({ length: others }, (_, i) => ({ what: `GET https://lists.example/${i}`, bytes: 300 })),
    attached: [5_000, 12_000, 19_000, 26_000, 33_000].map((atMs) => ({ atMs, said: 'x' })),
    ownRequests: 10,
    orders: [order(cover)],
  };
}
const arm = (from: number, many = 4): Observed[] =>
  Array.from({ length: many }, (_, i) => session(from * 7_919 + i * 104_729));
const verdicts = (arms: Parameters<typeof claimsOf>[0]): string[] => claimsOf(arms).map(({ verdict }) => verdict);

describe('statistics', () => {
  test('two counts: p of the binomial test, as R gives it', () => {
    expect(countsDiffer(10, 10, 0.5)).toBeCloseTo(1, 6);
    expect(countsDiffer(5, 15, 0.5)).toBeCloseTo(0.04138947, 6); // binom.test(5, 20)
    expect(countsDiffer(0, 10, 0.5)).toBeCloseTo(0.001953125, 9); // binom.test(0, 10)
    expect(countsDiffer(3, 17, 0.25)).toBeCloseTo(0.4393741, 6); // binom.test(3, 20, 0.25)
    expect(countsDiffer(0, 0, 0.5)).toBe(1);
  });

  test('the largest gap between two distributions', () => {
    expect(largestGap([1, 2, 3, 4], [1, 2, 3, 4])).toBe(0);
    expect(largestGap([1, 2], [3, 4])).toBe(1);
    expect(largestGap([1, 3], [2, 4])).toBe(0.5);
    expect(largestGap([1, 1, 2], [1, 2, 2])).toBeCloseTo(1 / 3);
  });

  test('samples of one distribution are seldom called different, of two often', () => {
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
    expect(same).toBeLessThanOrEqual(6); // 2 are expected; more than 6 of 40 come once in 200
    expect(other).toBeGreaterThanOrEqual(38);
  });

  test('the same data give the same p', () => {
    expect(samplesDiffer([1, 2, 3], [2, 3, 9])).toBe(samplesDiffer([1, 2, 3], [2, 3, 9]));
  });
});

test('gaps and delays are those that an observer could measure', () => {
  const one: Observed = { ...session(1), posts: [1_000, 4_000, 9_000].map((atMs) => ({ atMs, to: 'x', bytes: 1 })) };
  expect(gaps(one)).toEqual([3_000, 5_000]);
  expect(delays(one)).toEqual([4_000, LENGTH_MS - 12_000, LENGTH_MS - 19_000, LENGTH_MS - 26_000, LENGTH_MS - 33_000]);
});

test('with cover, alike sessions hold, and the control is noticed', () => {
  expect(verdicts({ matching: arm(1), innocent: arm(2) })).toEqual(['holds', 'holds', 'holds', 'untested']);
});

test('a device that sends at once after a match is found out', () => {
  expect(verdicts({ matching: careless(arm(1)), innocent: arm(2) })[2]).toBe('broken');
});

test('a device that sends twice as much is found out', () => {
  const twice = arm(1).map((one, i) => ({ ...one, posts: [...one.posts, ...session(i + 99).posts] }));
  expect(testsOf({ matching: twice, innocent: arm(2) })[0]?.p).toBeLessThan(LEVEL / 3);
  expect(verdicts({ matching: twice, innocent: arm(2) })[2]).toBe('broken');
});

test('too little to notice anything is no proof', () => {
  const short = (sessions: Observed[]): Observed[] =>
    sessions.map((one) => ({ ...one, posts: one.posts.slice(0, 2), attached: [] }));
  expect(verdicts({ matching: short(arm(1, 1)), innocent: short(arm(2, 1)) })[2]).toBe('untested');
});

test('alike sessions are seldom called different', () => {
  let broken = 0;
  for (let run = 0; run < 30; run++) {
    if (verdicts({ matching: arm(run * 2 + 10, 2), innocent: arm(run * 2 + 11, 2) })[2] === 'broken') broken++;
  }
  expect(broken).toBeLessThanOrEqual(2);
});

test('another size, another server or another request for inputs is named without statistics', () => {
  const [first, ...rest] = arm(1);
  const larger = [session(3, { size: 747 }), ...rest];
  expect(verdicts({ matching: larger, innocent: arm(2) })[1]).toBe('broken');
  const elsewhere = [
    { ...first!, posts: first!.posts.map((post) => ({ ...post, to: 'https://other.example' })) },
    ...rest,
  ];
  expect(verdicts({ matching: elsewhere, innocent: arm(2) })[1]).toBe('broken');
  const more = claimsOf({ matching: [session(4, { others: 33 }), ...rest], innocent: arm(2) })[0];
  expect(more).toMatchObject({ verdict: 'broken', seen: expect.stringContaining('https://lists.example/32') });
});

test('a request that was made once more is named, with how often each session made it', () => {
  const [first, ...rest] = arm(1);
  const again = { ...first!, others: [...first!.others, first!.others[0]!] };
  const innocent = arm(2);
  const times = [2, ...rest.map(() => 1)].join(', ');
  expect(claimsOf({ matching: [again, ...rest], innocent })[0]).toMatchObject({
    verdict: 'broken',
    seen: `GET https://lists.example/0 (300 bytes): ${times} times with matches, ${innocent.map(() => 1).join(', ')} times without.`,
  });
});

test('without cover the report says what an observer learns, and holds an innocent device to its silence', () => {
  const quiet = [session(5, { cover: false }), session(6, { cover: false })];
  const signalled = quiet.map((one) => ({
    ...one,
    posts: [{ atMs: 6_000, to: 'https://provider.example', bytes: 746 }],
  }));
  expect(verdicts({ matching: signalled, innocent: quiet })).toEqual(['holds', 'holds', 'untested', 'holds']);
  expect(learned({ matching: signalled, innocent: quiet }).join(' ')).toContain(
    'learns that this device has signalled',
  );
  expect(verdicts({ matching: signalled, innocent: signalled })[3]).toBe('broken');
});
