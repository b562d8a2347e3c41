import { digestOf as digest } from '@lodestone/testkit/digests';
import {
  type Finding,
  INCOMPLETE_REASONS,
  LAZY_PARTS,
  LIMITS,
  MAY_RETRY,
  type TargetReference,
  type Verdict,
} from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Inputs } from '../src/inputs.ts';
import { decide, unscannable } from '../src/policy.ts';
import { appliesTo, planScan, type ScanRequest } from '../src/scan-plan.ts';
import { anOrder, known, LIST, MODEL, sensitive } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const LISTED = {
  reference: LIST,
  purpose: 'verified',
  manifestDigest: digest('b'),
  fileDigest: digest('c'),
  signedBy: ['lists'],
  entries: 5_000,
} as const;
const MODELLED = { reference: MODEL, manifestDigest: digest('d'), maySignal: true };
const hit: Finding = { kind: 'known', list: 0, entry: 7, match: 'exact', distance: 0 };
const near: Finding = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 4 };
const found: Finding = { kind: 'sensitive', model: 0, bucket: 9 };

function inputs(...orders: Parameters<typeof anOrder>[1][]): Inputs {
  return {
    orders: orders.map((change, i) => ({
      source: 'orders',
      orderDigest: digest(String(i)),
      order: anOrder(NOW, change),
    })),
    unknown: [],
    coming: [],
    isUnheard: false,
    lists: [LISTED],
    models: [MODELLED],
  };
}
function requestOf(given: Inputs, surface: 'send' | 'receive' = 'send'): ScanRequest {
  const request = planScan(given, surface);
  if ('skipped' in request) throw new Error(`skipped: ${request.skipped}`);
  return request;
}
const complete = (...findings: Finding[]): Verdict => ({ media: 'image', findings, complete: true });

describe('the scan plan', () => {
  test('is empty without an order in force', () => {
    expect(
      planScan({ orders: [], unknown: [], coming: [], isUnheard: false, lists: [LISTED], models: [] }, 'send'),
    ).toEqual({ skipped: 'no-order' });
    expect(
      appliesTo({ orders: [], unknown: [], coming: [], isUnheard: false, lists: [], models: [] }, { surface: 'send' }),
    ).toBe(false);
  });
  test('an order whose state is unknown is reported for its surfaces, and orders in force still apply', () => {
    const { orders } = inputs({ surfaces: ['send'] });
    const unknown = { ...inputs(), unknown: orders };
    expect(planScan(unknown, 'send')).toEqual({ skipped: 'orders-unknown' });
    expect(planScan(unknown, 'profile')).toEqual({ skipped: 'not-covered' });
    expect(appliesTo(unknown, { surface: 'send' })).toBe(true);
    expect(requestOf({ ...unknown, orders }).orders).toEqual(orders);
  });
  test('is empty on a surface that no order names', () => {
    expect(planScan(inputs({ surfaces: ['send'] }), 'profile')).toEqual({ skipped: 'not-covered' });
  });
  test('applies to the surfaces and media that an order names', () => {
    const given = inputs({ surfaces: ['send'], media: ['image'] });
    expect(appliesTo(given, { surface: 'send' })).toBe(true);
    expect(appliesTo(given, { surface: 'send', media: 'video' })).toBe(false);
    expect(appliesTo(given, { surface: 'receive' })).toBe(false);
  });
  test('has one line for two orders with the same requirements on a list', () => {
    expect(requestOf(inputs({}, {})).plan.lists).toHaveLength(1);
    expect(requestOf(inputs({}, { detect: [known({ maxDistance: 10 })] })).plan.lists).toHaveLength(2);
  });
  test('says which list is locked, so that the part that opens it is loaded', () => {
    const given = inputs({});
    expect(requestOf(given).plan.lists.map(({ form }) => form)).toEqual([undefined]);
    const locked = requestOf({ ...given, lists: [{ ...LISTED, form: 'locked' }] }).plan;
    expect(locked.lists.map(({ form }) => form)).toEqual(['locked']);
    expect(LAZY_PARTS['locked-lists'].neededBy(locked)).toEqual([]);
    expect(LAZY_PARTS['locked-lists'].neededBy(requestOf(given).plan)).toBeUndefined();
  });
  test('has no line for a detect item that demands a signature that the list lacks, and one for the item that does not', () => {
    const detect = [known({ alsoBy: ['second' as never], maxDistance: 10 }), known()];
    const given = inputs({ detect });
    expect(requestOf(given)).toMatchObject({ missing: 'list-missing', plan: { lists: [{ maxDistance: 31 }] } });
    const signed = { ...given, lists: [{ ...LISTED, signedBy: ['lists', 'second'] }] };
    expect(requestOf(signed).plan.lists).toHaveLength(2);
  });
  test('has one line for two orders with the same requirements on a model, and another for another bucket', () => {
    const modelLines = (...orders: Parameters<typeof inputs>): object[] => requestOf(inputs(...orders)).plan.models;
    expect(modelLines({}, {})).toEqual([]);
    expect(modelLines({ detect: [sensitive()] }, { detect: [sensitive({ action: 'block' })] })).toEqual([
      { manifestDigest: MODELLED.manifestDigest, minBucket: 6 },
    ]);
    expect(modelLines({ detect: [sensitive()] }, { detect: [known(), sensitive({ minBucket: 8 })] })).toEqual([
      { manifestDigest: MODELLED.manifestDigest, minBucket: 6 },
      { manifestDigest: MODELLED.manifestDigest, minBucket: 8 },
    ]);
  });
  test('has no model, and misses none, under an order without pictures', () => {
    const given = inputs({ media: ['video', 'file'], detect: [known(), sensitive()] });
    for (const models of [given.models, []]) {
      const request = requestOf({ ...given, models });
      expect(request.plan.models).toEqual([]);
      expect(request).not.toHaveProperty('missing');
    }
  });
});

describe('a check', () => {
  test('is clear only after a complete verdict without findings, with every list available', () => {
    expect(decide(complete(), requestOf(inputs({}))).check).toEqual({ outcome: 'clear', action: 'allow', orders: [] });
    const missing = requestOf({ ...inputs({}), lists: [] });
    expect(decide(complete(), missing).check).toMatchObject({
      outcome: 'unscannable',
      reason: 'list-missing',
      retry: true,
    });
  });
  test('is never clear after an incomplete verdict', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...INCOMPLETE_REASONS),
        fc.constantFrom('image', 'unknown' as const),
        (reason, media) => {
          const { check } = decide(
            reason === 'model-missing'
              ? { media: 'image', findings: [], complete: false, reason, failedModels: [0] }
              : { media, findings: [], complete: false, reason },
            requestOf(inputs({ onUnscannable: 'block' })),
          );
          expect(check).toEqual({
            outcome: 'unscannable',
            action: 'block',
            orders: [digest('0')],
            reason,
            retry: MAY_RETRY[reason],
          });
        },
      ),
    );
  });
  test('of a medium that the order does not name is skipped', () => {
    const { check } = decide({ media: 'video', findings: [], complete: true }, requestOf(inputs({ media: ['image'] })));
    expect(check).toEqual({ outcome: 'skipped', action: 'allow', orders: [], reason: 'not-covered', retry: false });
  });
  test('with a match in an incomplete verdict is a match', () => {
    const verdict: Verdict = { media: 'image', findings: [hit], complete: false, reason: 'decode' };
    expect(decide(verdict, requestOf(inputs({}))).check).toEqual({
      outcome: 'match',
      action: 'block',
      orders: [digest('0')],
    });
  });
  test('under several orders takes the strictest action, with one signal for each order that allows it', () => {
    const request = requestOf(
      inputs({ detect: [known({ action: 'warn' })] }, { detect: [known({ action: 'block' })] }),
    );
    const { check, matches } = decide(complete(hit), request);
    expect(check).toEqual({ outcome: 'match', action: 'block', orders: [digest('1')] });
    expect(matches.map(({ orderDigest }) => orderDigest)).toEqual([digest('0'), digest('1')]);
  });
  test('under one order with two matching lists gives one signal, for the exact match', () => {
    const request = requestOf(inputs({ detect: [known({ maxDistance: 31 }), known({ maxDistance: 20 })] }));
    for (const distance of [0, 4]) {
      const { matches } = decide(complete({ ...near, distance }, { ...hit, list: 1, entry: 9 }), request);
      expect(matches).toHaveLength(1);
      expect(matches[0]).toMatchObject({
        entry: 9,
        level: 0,
        manifestDigest: LISTED.manifestDigest,
        evidence: { kind: 'exact' },
      });
    }
  });
  test('with the digest of a member has the order’s action and is never signalled: the host cannot confirm it', () => {
    const { check, matches } = decide(complete({ ...hit, match: 'member' }), requestOf(inputs({}, {})));
    expect(check).toMatchObject({ outcome: 'match', action: 'block' });
    expect(matches).toEqual([]);
  });
  test('with a near match alone has the order’s action and is never signalled, at any distance', () => {
    for (const distance of [0, 1, 31]) {
      const { check, matches } = decide(complete({ ...near, distance }), requestOf(inputs({}, {})));
      expect(check).toEqual({ outcome: 'match', action: 'block', orders: [digest('0'), digest('1')] });
      expect(matches).toEqual([]);
    }
  });
  test('of received content is never signalled', () => {
    const { check, matches } = decide(complete(hit), requestOf(inputs({}), 'receive'));
    expect(check.outcome).toBe('match');
    expect(matches).toEqual([]);
  });
  test('may be retried only for a reason that can pass', () => {
    const { orders } = inputs({});
    for (const reason of ['deadline', 'sandbox', 'limit', 'list-missing', 'model-missing'] as const)
      expect(unscannable(reason, orders)).toMatchObject({ retry: true });
    for (const reason of ['format', 'decode', 'too-large', 'too-long', 'codec'] as const)
      expect(unscannable(reason, orders)).toMatchObject({ retry: false });
  });
});

describe('the orders of a check', () => {
  const request = (...orders: Parameters<typeof anOrder>[1][]) => requestOf(inputs(...orders));
  test('are those that require the action for what was found, each once', () => {
    const [list, model] = [{ detect: [known(), known({ maxDistance: 20 })] }, { detect: [sensitive()] }];
    const [both, second] = [
      { ...hit, list: 0 },
      { ...hit, list: 1 },
    ];
    expect(decide(complete(both, second, found), request(list, model)).check.orders).toEqual([digest('0')]);
    expect(decide(complete(found), request(list, model)).check.orders).toEqual([digest('1')]);
    const warns = { detect: [known({ action: 'warn' })] };
    expect(decide(complete(both, found), request(warns, model)).check.orders).toEqual([digest('0'), digest('1')]);
  });
  test('of unscannable content are those whose onUnscannable it is', () => {
    const three = request({ onUnscannable: 'warn' }, { onUnscannable: 'allow' }, { onUnscannable: 'warn' });
    expect(unscannable('decode', three.orders)).toMatchObject({ action: 'warn', orders: [digest('0'), digest('2')] });
  });
  test('are none if the content is clear or skipped', () => {
    expect(decide(complete(), request({})).check).toMatchObject({ outcome: 'clear', orders: [] });
    const video: Verdict = { media: 'video', findings: [], complete: true };
    expect(decide(video, request({})).check).toMatchObject({ outcome: 'skipped', orders: [] });
  });
});

describe('a finding of a model', () => {
  const both = { detect: [known({ action: 'warn' }), sensitive({ action: 'block' })] };
  const send = { surfaces: ['send' as const], threshold: 3, withinDays: 30 };

  test('is sensitive, with its own action, and a signal with bucket and manifest but no entry', () => {
    const request = requestOf(inputs({ detect: [sensitive()] }));
    const { check, matches } = decide(complete(found), request);
    expect(check).toEqual({ outcome: 'sensitive', action: 'warn', orders: [digest('0')] });
    expect(matches).toEqual([
      {
        kind: 'sensitive',
        source: 'orders',
        orderDigest: digest('0'),
        order: request.orders[0]?.order,
        detectIndex: 0,
        rule: send,
        manifestDigest: MODELLED.manifestDigest,
        surface: 'send',
        media: 'image',
        entry: 0,
        entriesInList: 0,
        level: 9,
        evidence: { kind: 'classifier' },
      },
    ]);
  });
  test('together with a match is a match, with the strictest action and one signal for each order: of the match, if the order allows both', () => {
    const request = requestOf(inputs(both, { detect: [sensitive()] }));
    for (const findings of [
      [hit, found],
      [found, hit],
    ]) {
      const { check, matches } = decide(complete(...findings), request);
      expect(check).toEqual({ outcome: 'match', action: 'block', orders: [digest('0')] });
      expect(matches).toHaveLength(2);
      expect(matches).toMatchObject([
        {
          source: 'orders',
          orderDigest: digest('0'),
          kind: 'match',
          detectIndex: 0,
          manifestDigest: LISTED.manifestDigest,
          entry: 7,
          level: 0,
          evidence: { kind: 'exact' },
        },
        {
          source: 'orders',
          orderDigest: digest('1'),
          kind: 'sensitive',
          detectIndex: 0,
          manifestDigest: MODELLED.manifestDigest,
          entry: 0,
          level: 9,
          evidence: { kind: 'classifier' },
        },
      ]);
    }
  });
  test('is signalled if the matching list of the same order allows no signal', () => {
    const request = requestOf(inputs({ detect: [known({ signal: undefined }), sensitive()] }));
    const { check, matches } = decide(complete(hit, found), request);
    expect(check).toEqual({ outcome: 'match', action: 'block', orders: [digest('0')] });
    expect(matches).toMatchObject([{ kind: 'sensitive', detectIndex: 1, level: 9 }]);
  });
  test('of two models gives one signal, for the highest bucket', () => {
    const other = {
      reference: 'provider:v1/models/other/manifest.json' as TargetReference,
      manifestDigest: digest('e'),
    };
    const given = inputs({ detect: [sensitive(), sensitive({ model: other.reference })] });
    const request = requestOf({ ...given, models: [MODELLED, { ...other, maySignal: true }] });
    for (const [own, others, best] of [
      [7, 10, other],
      [10, 7, MODELLED],
    ] as const) {
      const { matches } = decide(complete({ ...found, bucket: own }, { ...found, model: 1, bucket: others }), request);
      expect(matches).toHaveLength(1);
      expect(matches[0]).toMatchObject({ kind: 'sensitive', manifestDigest: best.manifestDigest, entry: 0, level: 10 });
    }
  });
  test('is not signalled if the model has no figures, which changes nothing else', () => {
    const given = { ...inputs(both), models: [{ ...MODELLED, maySignal: false }] };
    expect(decide(complete(found), requestOf(given))).toEqual({
      check: { outcome: 'sensitive', action: 'block', orders: [digest('0')] },
      matches: [],
    });
    expect(decide(complete(hit, found), requestOf(given)).matches).toMatchObject([{ kind: 'match', entry: 7 }]);
  });
  test('is not signalled on receive, nor on a surface that the rule does not name', () => {
    const onUpload = sensitive({ signal: { ...send, surfaces: ['upload'] } });
    for (const [detect, surface] of [
      [sensitive(), 'receive'],
      [onUpload, 'send'],
    ] as const) {
      const { check, matches } = decide(complete(found), requestOf(inputs({ detect: [detect] }), surface));
      expect(check).toEqual({ outcome: 'sensitive', action: 'warn', orders: [digest('0')] });
      expect(matches).toEqual([]);
    }
  });
  test('counts in an incomplete verdict', () => {
    const reason = 'model-missing';
    const verdict: Verdict = { media: 'image', findings: [found], complete: false, reason, failedModels: [1] };
    expect(decide(verdict, requestOf(inputs(both))).check).toEqual({
      outcome: 'sensitive',
      action: 'block',
      orders: [digest('0')],
    });
  });
});

describe('a near match that a model confirms', () => {
  const confirm = { model: MODEL, manifestDigest: MODELLED.manifestDigest, minBucket: 8 };
  const rule = { surfaces: ['send' as const], threshold: 3, withinDays: 30 };
  const confirmed = (
    evidence: ('exact' | 'confirmed')[] = ['exact', 'confirmed'],
    change: Partial<typeof confirm> = {},
  ) => known({ signal: { ...rule, evidence, confirm: { ...confirm, ...change } } });
  const order = { detect: [confirmed()] };
  const CONFIRMED = { kind: 'confirmed', manifestDigest: MODELLED.manifestDigest, bucket: 9 };

  test('has the model in the plan of every picture of a surface that may signal, and of no other', () => {
    expect(requestOf(inputs(order)).plan.models).toEqual([{ manifestDigest: MODELLED.manifestDigest, minBucket: 8 }]);
    expect(requestOf(inputs(order), 'receive').plan.models).toEqual([]);
  });
  test('is signalled with model and bucket only if the model reaches its bucket', () => {
    const { check, matches } = decide(complete(near, found), requestOf(inputs(order)));
    expect(check).toEqual({ outcome: 'match', action: 'block', orders: [digest('0')] });
    expect(matches).toMatchObject([{ kind: 'match', entry: 7, level: 4, evidence: CONFIRMED }]);
    expect(decide(complete(near), requestOf(inputs(order))).matches).toEqual([]);
  });
  test('is signalled only if the order accepts confirmed evidence', () => {
    const exactly = { detect: [known({ signal: { ...rule, evidence: ['exact'] } }), sensitive({ signal: undefined })] };
    expect(decide(complete(near, found), requestOf(inputs(exactly))).matches).toEqual([]);
    const only = requestOf(inputs({ detect: [confirmed(['confirmed'])] }));
    expect(decide(complete(hit, found), only).matches).toEqual([]);
    expect(decide(complete(near, found), only).matches).toHaveLength(1);
  });
  test('is weaker than an exact match and stronger than a classifier, whatever their order', () => {
    const items = [sensitive(), confirmed(), known({ maxDistance: 20 })];
    const request = requestOf(inputs({ detect: items }));
    expect(request.plan.models.map(({ minBucket }) => minBucket)).toEqual([6, 8]);
    const findings: Finding[] = [found, { ...found, model: 1 }, { ...near, distance: 1 }];
    const exact: Finding = { ...hit, list: 1, entry: 9 };
    for (const shuffled of [
      [exact, ...findings],
      [...findings, exact],
    ])
      expect(decide(complete(...shuffled), request).matches).toMatchObject([
        { entry: 9, entriesInList: 5_000, evidence: { kind: 'exact' } },
      ]);
    expect(decide(complete(...findings), request).matches).toMatchObject([{ entry: 7, evidence: CONFIRMED }]);
    expect(decide(complete(found), request).matches).toMatchObject([{ entry: 0, evidence: { kind: 'classifier' } }]);
  });
  test.each<[string, Inputs['models']]>([
    ['is missing', []],
    ['is another release', [{ ...MODELLED, manifestDigest: digest('e') }]],
    ['has no figures by group', [{ ...MODELLED, maySignal: false }]],
  ])('is blocked and not signalled if the model %s, and nothing else changes', (_, models) => {
    const request = requestOf({ ...inputs(order), models });
    expect(request.plan.models).toEqual([]);
    expect(request).not.toHaveProperty('missing');
    const { check, matches } = decide(complete(near), request);
    expect(check).toMatchObject({ outcome: 'match', action: 'block' });
    expect(matches).toEqual([]);
    expect(decide(complete(), request).check.outcome).toBe('clear');
    expect(decide(complete(hit), request).matches).toHaveLength(1);
  });
  test('the model alone is no finding, and its failure leaves a picture clear', () => {
    const request = requestOf(inputs(order));
    expect(decide(complete(found), request)).toMatchObject({ check: { outcome: 'clear', orders: [] }, matches: [] });
    const incomplete = { media: 'image' as const, findings: [], complete: false as const };
    const failed: Verdict = { ...incomplete, reason: 'model-missing', failedModels: [0] };
    expect(decide(failed, request).check.outcome).toBe('clear');
    const acts = requestOf(inputs({ detect: [confirmed(), sensitive({ minBucket: 8 })] }));
    expect(acts.plan.models).toHaveLength(1);
    expect(decide(failed, acts).check).toMatchObject({ outcome: 'unscannable', reason: 'model-missing' });
    expect(decide({ ...incomplete, reason: 'decode' }, request).check.outcome).toBe('unscannable');
  });
});

describe('the purpose of a list', () => {
  test.each([
    ['verified', 'other'],
    ['other', 'verified'],
    ['other', 'victim-submitted'],
  ] as const)('%s under an item that requires %s is a missing list', (purpose, required) => {
    const given = inputs({ detect: [known({ purpose: required, signal: undefined })] });
    const request = requestOf({ ...given, lists: [{ ...LISTED, purpose }] });
    expect(request).toMatchObject({ plan: { lists: [] }, missing: 'list-missing' });
  });
  test('other than verified never signals, even if an order said so', () => {
    for (const purpose of ['victim-submitted', 'other'] as const) {
      const request = requestOf({ ...inputs({ detect: [known({ purpose })] }), lists: [{ ...LISTED, purpose }] });
      const { check, matches } = decide(complete(hit), request);
      expect(check).toMatchObject({ outcome: 'match', action: 'block' });
      expect(matches).toEqual([]);
    }
  });
});

describe('a missing model', () => {
  const both = { detect: [sensitive(), known()], onUnscannable: 'block' as const };
  const without = (given: Inputs): ScanRequest => requestOf({ ...given, models: [] });

  test('makes a picture unscannable, and a retry may help', () => {
    expect(decide(complete(), without(inputs(both))).check).toEqual({
      outcome: 'unscannable',
      action: 'block',
      orders: [digest('0')],
      reason: 'model-missing',
      retry: true,
    });
  });
  test('does not matter for content that is not a picture', () => {
    const given = { ...inputs({ ...both, media: ['image', 'video'] }), models: [] };
    const video: Verdict = { media: 'video', findings: [], complete: true };
    expect(decide(video, requestOf(given)).check.outcome).toBe('clear');
    expect(decide(video, requestOf({ ...given, lists: [] })).check).toMatchObject({ reason: 'list-missing' });
  });
  test('does not change a match', () => {
    const { check, matches } = decide(complete(hit), without(inputs(both)));
    expect(check).toEqual({ outcome: 'match', action: 'block', orders: [digest('0')] });
    expect(matches).toMatchObject([{ kind: 'match', detectIndex: 1 }]);
  });
  test('is reported after a missing list, whatever their order', () => {
    for (const detect of [both.detect, both.detect.toReversed()])
      expect(requestOf({ ...inputs({ detect }), models: [], lists: [] }).missing).toBe('list-missing');
  });
  test('is not dropped silently, and neither is one more than a plan may have', () => {
    const withModels = (count: number): ScanRequest => {
      const items = Array.from({ length: count }, (_, i) => sensitive({ minBucket: i + 1 }));
      return requestOf(inputs({ detect: [known(), ...items] }));
    };
    expect(withModels(LIMITS.planModels)).not.toHaveProperty('missing');
    expect(decide(complete(), withModels(LIMITS.planModels)).check.outcome).toBe('clear');

    const tooMany = withModels(LIMITS.planModels + 1);
    expect(tooMany.plan.models).toHaveLength(LIMITS.planModels);
    expect(decide(complete(), tooMany).check).toMatchObject({ outcome: 'unscannable', reason: 'model-missing' });
    expect(decide(complete({ ...found, model: 3 }), tooMany).check.outcome).toBe('sensitive');
  });
});
