/** Counting windows depend on the day and the length alone, so a reissued order keeps its windows. */
import { type Day, type Instant, toDay } from '@lodestone/protocol/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayCounts, lastCountingDay, windowOf } from '../src/counting-window.ts';

const order = { notBefore: '2026-11-01T08:00:00Z' as Instant, notAfter: '2027-10-31T08:00:00Z' as Instant };
const day = (date: string): Day => toDay(Date.parse(date));
const within = fc.integer({ min: 1, max: 90 });

describe('counting windows', () => {
  test('divide all days from 1970-01-01: each day is in exactly one window of its length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), within, (someDay, withinDays) => {
        const { firstDay, lastDay } = windowOf(withinDays, someDay as Day);
        expect(firstDay % withinDays).toBe(0);
        expect(lastDay - firstDay).toBe(withinDays - 1);
        expect(firstDay).toBeLessThanOrEqual(someDay);
        expect(lastDay).toBeGreaterThanOrEqual(someDay);
        expect(windowOf(withinDays, (lastDay + 1) as Day).firstDay).toBe(lastDay + 1);
      }),
    );
  });
  test('of 10 days begin on 2026-11-23, whenever an order began', () => {
    expect(windowOf(10, day('2026-11-24'))).toEqual({ firstDay: day('2026-11-23'), lastDay: day('2026-12-02') });
    expect(windowOf(10, day('2026-11-22')).lastDay).toBe(day('2026-11-22'));
  });
  test('of 7 days begin on Thursdays, as 1970-01-01 did', () => {
    expect(windowOf(7, 0 as Day)).toEqual({ firstDay: 0, lastDay: 6 });
    expect(windowOf(7, day('2026-11-29')).firstDay).toBe(day('2026-11-26'));
  });
});

describe('a signal', () => {
  test('counts from the day before its own to its last counting day, and on no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 200 }), within, (age, withinDays) => {
        const matched = day('2026-12-24');
        const counts = dayCounts(matched, order, withinDays, (matched + age) as Day);
        expect(counts).toBe(age >= -1 && matched + age <= lastCountingDay(matched, withinDays));
      }),
    );
  });
  test('counts for 14 days beyond its window’s length', () => {
    expect(lastCountingDay(100 as Day, 30)).toBe(144);
  });
  test('of a day outside the order’s period never counts', () => {
    for (const matched of [day('2026-10-31'), day('2027-11-01'), 0 as Day, 0xffffffff as Day]) {
      expect(dayCounts(matched, order, 10, matched)).toBe(false);
    }
    expect(dayCounts(day('2027-10-31'), order, 10, day('2027-10-31'))).toBe(true);
  });
});
