/** Windows, days and rules of an order, as pure functions. */
import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import { type Day, toDay } from '@lodestone/protocol/time';
import { type DetectKnown, parseOrder } from '@lodestone/protocol/order';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayCounts, firstDay, type KnownOrder, lastDayOf, type Met, placeOf, windowStart } from '../src/orders.ts';
import { LIST, MODEL, order as document } from './support/documents.ts';

const day = fc.integer({ min: 0, max: 60_000 }).map((value) => value as Day);
const within = fc.integer({ min: 1, max: 90 });

describe('windows', () => {
  test('each day from the first on is in exactly one window of its length, cut from the first day', () => {
    fc.assert(
      fc.property(day, fc.nat({ max: 1_000 }), within, (first, later, withinDays) => {
        const start = windowStart(first, (first + later) as Day, withinDays);
        expect((start - first) % withinDays).toBe(0);
        expect(first + later - start).toBeGreaterThanOrEqual(0);
        expect(first + later - start).toBeLessThan(withinDays);
      }),
    );
  });
  test('with a window of 10 from the 1st, the 20th and the 21st are in different ones', () => {
    const [first, twentieth, next] = ['2026-11-01', '2026-11-20', '2026-11-21'].map((date) => toDay(Date.parse(date)));
    expect(windowStart(first as Day, twentieth as Day, 10)).toBe(toDay(Date.parse('2026-11-11')));
    expect(windowStart(first as Day, next as Day, 10)).toBe(next);
  });
});

describe('days', () => {
  const order = parseOrder(document('any'));
  test('a signal counts from the day before its own to the last day of its id, and on no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 200 }), within, (age, withinDays) => {
        const met = toDay(Date.parse('2026-12-24'));
        const counts = dayCounts(met, order, withinDays, (met + age) as Day);
        expect(counts).toBe(age >= -1 && met + age <= lastDayOf(met, withinDays));
      }),
    );
  });
  test('days outside the order’s time never count', () => {
    const [before, after] = [(firstDay(order) - 1) as Day, toDay(Date.parse('2027-11-01'))];
    for (const met of [before, after, 0 as Day, 0xffffffff as Day]) {
      expect(dayCounts(met, order, 10, met)).toBe(false);
    }
    expect(dayCounts(toDay(Date.parse('2027-10-31')), order, 10, toDay(Date.parse('2027-10-31')))).toBe(true);
  });
});

describe('rules', () => {
  const base = parseOrder(document('any')).detect[0] as DetectKnown;
  const other = 'lists:v1/lists/other/manifest.json' as TargetReference;
  const detect = [
    base,
    { ...base, list: other, maxDistance: 31, signal: { surfaces: ['send' as const], threshold: 5, withinDays: 30 } },
    { ...base, list: 'lists:v1/lists/quiet/manifest.json' as TargetReference, signal: undefined },
  ];
  const [known, quiet, unknown] = ['a', 'b', 'c'].map((digit) => digit.repeat(64) as Digest) as [
    Digest,
    Digest,
    Digest,
  ];
  const order: KnownOrder = {
    no: 1,
    orderDigest: 'd'.repeat(64) as Digest,
    source: 'orders' as Name,
    name: 'any' as Name,
    order: parseOrder(document('any', { detect })),
  };
  const manifests = new Map([
    [known, new Set([LIST])],
    [quiet, new Set(['lists:v1/lists/quiet/manifest.json' as TargetReference])],
  ]);
  const met: Met = {
    kind: 'match',
    surface: 'upload',
    media: 'image',
    manifestDigest: known,
    level: 20,
    day: toDay(Date.parse('2026-11-24')),
  };
  const place = (change: Partial<Met>) => placeOf({ ...met, ...change }, order, manifests);

  test('a known manifest leads to its own rule', () => {
    expect(place({})).toEqual({
      reference: LIST,
      windowStart: toDay(Date.parse('2026-11-21')),
      threshold: 2,
      withinDays: 10,
    });
  });
  test('an unknown one stands under the longest window that could be its own, without a name', () => {
    expect(place({ manifestDigest: unknown, surface: 'send', level: 31 })).toEqual({
      reference: null,
      windowStart: toDay(Date.parse('2026-11-01')),
      threshold: 5,
      withinDays: 30,
    });
  });
  test.each<[string, Partial<Met>]>([
    ['a list of the order that signals nothing', { manifestDigest: quiet }],
    ['a distance above that list’s', { level: 21 }],
    ['a distance above every list’s', { manifestDigest: unknown, surface: 'send', level: 32 }],
    ['a surface of no rule', { surface: 'profile' }],
    ['a medium of another order', { media: 'video' }],
    ['a classifier where there is none', { kind: 'sensitive', level: 9 }],
  ])('%s has no place', (_, change) => {
    expect(place(change)).toBeUndefined();
  });
  test('a manifest that a source publishes, and this order does not name, has no place', () => {
    const foreign = new Map([[known, new Set([MODEL])]]);
    expect(placeOf(met, order, foreign)).toBeUndefined();
  });
});
