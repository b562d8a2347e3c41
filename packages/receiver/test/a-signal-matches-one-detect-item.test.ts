/** A signal matches one detect item of its order, or none. */
import { digestOf } from '@lodestone/testkit/digests';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import { toDay } from '@lodestone/protocol/time';
import { type DetectKnown, parseOrder } from '@lodestone/protocol/order';
import { describe, expect, test } from 'vitest';
import { type ItemFields, type LoadedOrder, matchDetectItem } from '../src/match-detect-item.ts';
import { LIST, MODEL, order as document } from './support/documents.ts';

describe('detect items', () => {
  const base = parseOrder(document('any')).detect[0] as DetectKnown;
  const other = 'lists:v1/lists/other/manifest.json' as TargetReference;
  const detect = [
    base,
    {
      ...base,
      list: other,
      maxDistance: 31,
      signal: { surfaces: ['send' as const], evidence: ['exact' as const], threshold: 5, withinDays: 30 },
    },
    { ...base, list: 'lists:v1/lists/quiet/manifest.json' as TargetReference, signal: undefined },
  ];
  const [known, quiet, unknown] = [digestOf('a'), digestOf('b'), digestOf('c')];
  const order: LoadedOrder = {
    orderNo: 1,
    orderDigest: digestOf('d'),
    source: 'orders' as Name,
    orderId: 'any' as Name,
    order: parseOrder(document('any', { detect })),
    endsAt: Infinity,
  };
  const manifests = new Map([
    [known, new Map([[LIST, 1]])],
    [quiet, new Map([['lists:v1/lists/quiet/manifest.json' as TargetReference, 1]])],
  ]);
  const fields: ItemFields = {
    kind: 'match',
    surface: 'upload',
    media: 'image',
    manifestDigest: known,
    level: 20,
    evidence: 'exact',
    confirmBucket: 0,
    confirmModel: new Uint8Array(8),
    day: toDay(Date.parse('2026-11-24')),
  };
  const match = (change: Partial<ItemFields>) => matchDetectItem({ ...fields, ...change }, order, manifests);

  test('a known manifest selects the rule of its list', () => {
    expect(match({})).toEqual({
      reference: LIST,
      countingWindowStart: toDay(Date.parse('2026-11-23')),
      threshold: 2,
      withinDays: 10,
    });
  });
  test('an unknown manifest selects the longest counting window that fits, without a reference', () => {
    expect(match({ manifestDigest: unknown, surface: 'send', level: 31 })).toEqual({
      reference: null,
      countingWindowStart: toDay(Date.parse('2026-11-03')),
      threshold: 5,
      withinDays: 30,
    });
  });
  test.each<[string, Partial<ItemFields>]>([
    ['a list that the order does not signal', { manifestDigest: quiet }],
    ['a distance above the list’s maximum', { level: 21 }],
    ['a distance above every list’s maximum', { manifestDigest: unknown, surface: 'send', level: 32 }],
    ['a surface that no rule signals', { surface: 'profile' }],
    ['a medium that the order does not cover', { media: 'video' }],
    ['a classifier under an order without one', { kind: 'sensitive', level: 9, evidence: 'classifier' }],
    ['evidence that the order does not accept', { evidence: 'confirmed', confirmBucket: 9 }],
  ])('%s matches no detect item', (_, change) => {
    expect(match(change)).toBeUndefined();
  });
  describe('a confirmed match', () => {
    const manifestDigest = 'ab'.repeat(32) as (typeof fields)['manifestDigest'];
    const confirm = { model: MODEL, manifestDigest, minBucket: 8 };
    const signal = { ...base.signal, surfaces: ['upload' as const], evidence: ['confirmed'], confirm, threshold: 3 };
    const confirming = {
      ...order,
      order: parseOrder(document('any', { detect: [{ ...base, signal } as DetectKnown] })),
    };
    const confirmModel = new Uint8Array(8).fill(0xab);
    const confirmed = { ...fields, evidence: 'confirmed', confirmBucket: 8, confirmModel } as const;
    const matches = (change: Partial<ItemFields>): boolean =>
      matchDetectItem({ ...confirmed, ...change }, confirming, manifests) !== undefined;

    test('matches with the pinned model and its bucket', () => {
      expect(matches({})).toBe(true);
      expect(matches({ confirmBucket: 10 })).toBe(true);
    });
    test.each<[string, Partial<ItemFields>]>([
      ['a lower bucket', { confirmBucket: 7 }],
      ['another model', { confirmModel: new Uint8Array(8).fill(0xac) }],
      ['exact evidence, which the order does not accept', { evidence: 'exact' }],
    ])('does not match with %s', (_, change) => {
      expect(matches(change)).toBe(false);
    });
  });

  test('a list whose purpose is not verified matches no detect item', () => {
    const items = order.order.detect.map((item) => ({ ...item, purpose: 'other' as const }));
    const other = { ...order, order: { ...order.order, detect: items } };
    expect(matchDetectItem(fields, other, manifests)).toBeUndefined();
  });
  test('a published manifest that this order does not name matches no detect item', () => {
    const foreign = new Map([[known, new Map([[MODEL, null]])]]);
    expect(matchDetectItem(fields, order, foreign)).toBeUndefined();
  });
});
