import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import { toDay } from '@lodestone/protocol/time';
import { type DetectKnown, parseOrder } from '@lodestone/protocol/order';
import { describe, expect, test } from 'vitest';
import { type KnownOrder, type Met, placeOf } from '../src/orders.ts';
import { LIST, MODEL, order as document } from './support/documents.ts';

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
