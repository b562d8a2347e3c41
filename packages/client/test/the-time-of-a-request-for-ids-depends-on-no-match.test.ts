/** The schedule of requests for subject ids, replayed over clocks, restarts and outages of the account service. */
import { DAY_MS, type Month, monthOf, toDay } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isDue,
  MAX_RETRY_MS,
  MIN_RETRY_MS,
  planFor,
  planOfRetry,
  SPREAD_MS,
} from '../src/network/outbox/subject-id-plan.ts';
import type { StoredIdPlan } from '../src/network/storage/records.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const start = (month: string): number => Date.parse(`${month}-01T00:00:00Z`);

test('the first request is due when an order first requires a pseudonym', () => {
  const plan = planFor(undefined, 'a', { now: NOW, random: 0.9 });
  expect(plan).toEqual({ account: 'a', month: '2026-11', at: NOW, failures: 0 });
  expect(isDue(plan, NOW)).toBe(true);
});

describe('a new month', () => {
  const before: StoredIdPlan = { account: 'a', month: '2026-11' as Month, at: NOW, failures: 3 };
  test('its request is spread over the first week', () => {
    fc.assert(
      fc.property(random, (value) => {
        const plan = planFor(before, 'a', { now: start('2026-12'), random: value });
        expect(plan.month).toBe('2026-12');
        expect(plan.failures).toBe(0);
        expect(plan.at).toBeGreaterThanOrEqual(start('2026-12'));
        expect(plan.at).toBeLessThan(start('2026-12') + SPREAD_MS);
      }),
    );
  });
  test('after the first week it is due immediately', () => {
    const now = start('2026-12') + SPREAD_MS;
    expect(isDue(planFor(before, 'a', { now, random: 0.999 }), now)).toBe(true);
  });
  test('a planned time is kept, whatever is drawn later', () => {
    const plan = planFor(before, 'a', { now: start('2026-12'), random: 0.5 });
    expect(planFor(plan, 'a', { now: start('2026-12') + DAY_MS, random: 0.1 })).toBe(plan);
  });
});

test('while the account service is down, the pause doubles from a minute to six hours, for weeks', () => {
  fc.assert(
    fc.property(random, (value) => {
      let plan = planFor(undefined, 'a', { now: start('2026-11'), random: value });
      let attempts = 0;
      for (let now = plan.at; now < start('2026-11') + 28 * DAY_MS; now = plan.at) {
        const next = planOfRetry(planFor(plan, 'a', { now, random: value }), { now, random: value });
        const pause = next.at - now;
        expect(pause).toBeGreaterThanOrEqual(MIN_RETRY_MS / 2);
        expect(pause).toBeLessThanOrEqual(MAX_RETRY_MS);
        plan = next;
        attempts++;
      }
      expect(attempts).toBeGreaterThan(100);
      expect(attempts).toBeLessThan(250);
    }),
  );
});

interface Step {
  /** The device's clock moves by this: forwards, or backwards when it is set. */
  ms: number;
  random: number;
  isAnswered: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  ms: fc.oneof(
    fc.integer({ min: 0, max: DAY_MS }),
    fc.integer({ min: 0, max: 40 * DAY_MS }),
    fc.integer({ min: -62 * DAY_MS, max: 62 * DAY_MS }),
  ),
  random,
  isAnswered: fc.boolean(),
});

test('for any clock: no request without being due, one batch a month, and never more than a week and six hours of waiting', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const received = new Set<Month>();
      let stored: StoredIdPlan | undefined;
      let now = NOW;
      for (const { ms, random: value, isAnswered } of steps) {
        now = Math.max(now + ms, DAY_MS);
        const plan = planFor(stored, 'a', { now, random: value });
        expect(plan.month).toBe(monthOf(toDay(now)));
        if (received.has(plan.month)) continue;
        expect(plan.at - now).toBeLessThanOrEqual(SPREAD_MS + MAX_RETRY_MS);
        stored = plan;
        if (!isDue(plan, now)) continue;
        stored = planOfRetry(plan, { now, random: value });
        expect(stored.at).toBeGreaterThan(now);
        if (isAnswered) received.add(plan.month);
      }
    }),
    { numRuns: 2_000 },
  );
});
