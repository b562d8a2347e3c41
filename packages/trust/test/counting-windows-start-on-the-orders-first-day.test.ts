import { type Day, DAY_MS, type Instant, toDay, toInstant } from '@lodestone/protocol/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayCounts, firstDayOf, lastCountingDay, windowOf } from '../src/counting-window.ts';

const order = { notBefore: '2026-11-01T08:00:00Z' as Instant, notAfter: '2027-10-31T08:00:00Z' as Instant };
const day = (date: string): Day => toDay(Date.parse(date));
const within = fc.integer({ min: 1, max: 90 });

describe('windows', () => {
  test('divide the days from the first one on: each day is in exactly one window of its length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), fc.nat({ max: 1_000 }), within, (first, later, withinDays) => {
        const at = { notBefore: toInstant(first * DAY_MS) };
        const { number, firstDay, lastDay } = windowOf(at, withinDays, (first + later) as Day);
        expect(firstDay).toBe(first + number * withinDays);
        expect(lastDay - firstDay).toBe(withinDays - 1);
        expect(firstDay).toBeLessThanOrEqual(first + later);
        expect(lastDay).toBeGreaterThanOrEqual(first + later);
        expect(windowOf(at, withinDays, (lastDay + 1) as Day).number).toBe(number + 1);
      }),
    );
  });
  test('of 10 days from the 1st put the 20th and the 21st into different windows', () => {
    expect(windowOf(order, 10, day('2026-11-20'))).toEqual({
      number: 1,
      firstDay: day('2026-11-11'),
      lastDay: day('2026-11-20'),
    });
    expect(windowOf(order, 10, day('2026-11-21'))).toMatchObject({ number: 2, firstDay: day('2026-11-21') });
  });
  test('begin on the day of notBefore, whatever its hour', () => {
    const first = day('2026-11-01');
    expect(windowOf(order, 7, first)).toEqual({ number: 0, firstDay: first, lastDay: first + 6 });
    expect(windowOf(order, 7, (first + 6) as Day).number).toBe(0);
    expect(windowOf(order, 7, (first + 7) as Day).number).toBe(1);
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
  test('counts for 60 days beyond its window’s length', () => {
    expect(lastCountingDay(100 as Day, 30)).toBe(190);
  });
  test('of a day outside the order’s period never counts', () => {
    for (const matched of [(firstDayOf(order) - 1) as Day, day('2027-11-01'), 0 as Day, 0xffffffff as Day]) {
      expect(dayCounts(matched, order, 10, matched)).toBe(false);
    }
    expect(dayCounts(day('2027-10-31'), order, 10, day('2027-10-31'))).toBe(true);
  });
});
