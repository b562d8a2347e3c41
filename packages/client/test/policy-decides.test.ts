import { type Digest, type Finding, LIMITS, type TargetReference, type Verdict } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Inputs } from '../src/inputs.ts';
import { decide, unscannable } from '../src/policy.ts';
import { appliesTo, planScan, type ScanRequest } from '../src/scan-plan.ts';
import { anOrder, known, LIST, MODEL, sensitive } from './world.ts';

const digest = (char: string): Digest => char.repeat(64) as Digest;
const NOW = Date.UTC(2026, 10, 24);
const LISTED = { reference: LIST, manifestDigest: digest('b'), fileDigest: digest('c') };
const MODELLED = { reference: MODEL, manifestDigest: digest('d'), maySignal: true };
const hit: Finding = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 4 };
const found: Finding = { kind: 'sensitive', model: 0, bucket: 9 };

function inputs(...orders: Parameters<typeof anOrder>[1][]): Inputs {
  return {
    orders: orders.map((change, i) => ({ orderDigest: digest(String(i)), order: anOrder(NOW, change) })),
    lists: [LISTED],
    models: [MODELLED],
  };
}
function admitted(given: Inputs, surface: 'send' | 'receive' = 'send'): ScanRequest {
  const admission = planScan(given, surface);
  if ('skipped' in admission) throw new Error(`skipped: ${admission.skipped}`);
  return admission;
}
const complete = (...findings: Finding[]): Verdict => ({ media: 'image', findings, complete: true });

describe('what is looked at', () => {
  test('nothing without an order in force', () => {
    expect(planScan({ orders: [], lists: [LISTED], models: [] }, 'send')).toEqual({ skipped: 'no-order' });
    expect(appliesTo({ orders: [], lists: [], models: [] }, { surface: 'send' })).toBe(false);
  });
  test('nothing on a surface that no order names', () => {
    expect(planScan(inputs({ surfaces: ['send'] }), 'profile')).toEqual({ skipped: 'not-covered' });
  });
  test('covers knows surfaces and media', () => {
    const given = inputs({ surfaces: ['send'], media: ['image'] });
    expect(appliesTo(given, { surface: 'send' })).toBe(true);
    expect(appliesTo(given, { surface: 'send', media: 'video' })).toBe(false);
    expect(appliesTo(given, { surface: 'receive' })).toBe(false);
  });
  test('two orders that ask the same of one list share a line of the plan', () => {
    expect(admitted(inputs({}, {})).plan.lists).toHaveLength(1);
    expect(admitted(inputs({}, { detect: [known({ maxDistance: 10 })] })).plan.lists).toHaveLength(2);
  });
  test('two orders that ask the same of one model share a look; another bucket is another look', () => {
    const looks = (...orders: Parameters<typeof inputs>): object[] => admitted(inputs(...orders)).plan.models;
    expect(looks({}, {})).toEqual([]);
    expect(looks({ detect: [sensitive()] }, { detect: [sensitive({ action: 'block' })] })).toEqual([
      { manifestDigest: MODELLED.manifestDigest, minBucket: 6 },
    ]);
    expect(looks({ detect: [sensitive()] }, { detect: [known(), sensitive({ minBucket: 8 })] })).toEqual([
      { manifestDigest: MODELLED.manifestDigest, minBucket: 6 },
      { manifestDigest: MODELLED.manifestDigest, minBucket: 8 },
    ]);
  });
  test('no model for an order that does not look at pictures, and none is missed there', () => {
    const given = inputs({ media: ['video', 'file'], detect: [known(), sensitive()] });
    for (const models of [given.models, []]) {
      const admission = admitted({ ...given, models });
      expect(admission.plan.models).toEqual([]);
      expect(admission).not.toHaveProperty('missing');
    }
  });
});

describe('what is concluded', () => {
  test('clear only from a complete verdict without findings and with every list there', () => {
    expect(decide(complete(), admitted(inputs({}))).check).toEqual({ outcome: 'clear', action: 'allow' });
    const missing = admitted({ ...inputs({}), lists: [] });
    expect(decide(complete(), missing).check).toMatchObject({
      outcome: 'unscannable',
      reason: 'list-missing',
      retry: true,
    });
  });
  test('never clear from an incomplete one', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('format', 'decode', 'too-large' as const),
        fc.constantFrom('image', 'unknown' as const),
        (reason, media) => {
          const { check } = decide(
            { media, findings: [], complete: false, reason },
            admitted(inputs({ onUnscannable: 'block' })),
          );
          expect(check).toEqual({ outcome: 'unscannable', action: 'block', reason, retry: false });
        },
      ),
    );
  });
  test('a medium that the order does not name is skipped', () => {
    const { check } = decide({ media: 'video', findings: [], complete: true }, admitted(inputs({ media: ['image'] })));
    expect(check).toEqual({ outcome: 'skipped', action: 'allow', reason: 'not-covered' });
  });
  test('a match in an incomplete verdict is a match', () => {
    const verdict: Verdict = { media: 'image', findings: [hit], complete: false, reason: 'decode' };
    expect(decide(verdict, admitted(inputs({}))).check).toEqual({ outcome: 'match', action: 'block' });
  });
  test('several orders: the strictest action, one signal for each order that asks', () => {
    const admission = admitted(
      inputs({ detect: [known({ action: 'warn' })] }, { detect: [known({ action: 'block' })] }),
    );
    const { check, matches } = decide(complete(hit), admission);
    expect(check).toEqual({ outcome: 'match', action: 'block' });
    expect(matches.map(({ orderDigest }) => orderDigest)).toEqual([digest('0'), digest('1')]);
  });
  test('one order with two lists that match gives one signal, the nearest', () => {
    const admission = admitted(inputs({ detect: [known({ maxDistance: 31 }), known({ maxDistance: 20 })] }));
    const { matches } = decide(complete(hit, { ...hit, list: 1, entry: 9, distance: 1 }), admission);
    expect(matches).toHaveLength(1);
    expect(matches[0]).toMatchObject({ entry: 9, level: 1, manifestDigest: LISTED.manifestDigest });
  });
  test('what a person receives is never signalled', () => {
    const { check, matches } = decide(complete(hit), admitted(inputs({}), 'receive'));
    expect(check.outcome).toBe('match');
    expect(matches).toEqual([]);
  });
  test('retry is true for what passes, false for what stays', () => {
    const { orders } = inputs({});
    for (const reason of ['deadline', 'sandbox', 'limit', 'list-missing', 'model-missing'] as const)
      expect(unscannable(reason, orders)).toMatchObject({ retry: true });
    for (const reason of ['format', 'decode', 'too-large'] as const)
      expect(unscannable(reason, orders)).toMatchObject({ retry: false });
  });
});

describe('what a model finds', () => {
  const both = { detect: [known({ action: 'warn' }), sensitive({ action: 'block' })] };
  const send = { surfaces: ['send' as const], threshold: 1, withinDays: 30 };

  test('is sensitive, with its own action, and a signal that names bucket, manifest and no entry', () => {
    const admission = admitted(inputs({ detect: [sensitive()] }));
    const { check, matches } = decide(complete(found), admission);
    expect(check).toEqual({ outcome: 'sensitive', action: 'warn' });
    expect(matches).toEqual([
      {
        kind: 'sensitive',
        orderDigest: digest('0'),
        order: admission.orders[0]?.order,
        detectIndex: 0,
        rule: send,
        manifestDigest: MODELLED.manifestDigest,
        surface: 'send',
        media: 'image',
        entry: 0,
        level: 9,
      },
    ]);
  });
  test('beside a match is a match, with the strictest action, and one signal for each order: of the match where it asked for both', () => {
    const admission = admitted(inputs(both, { detect: [sensitive()] }));
    for (const findings of [
      [hit, found],
      [found, hit],
    ]) {
      const { check, matches } = decide(complete(...findings), admission);
      expect(check).toEqual({ outcome: 'match', action: 'block' });
      expect(matches).toHaveLength(2);
      expect(matches).toMatchObject([
        {
          orderDigest: digest('0'),
          kind: 'match',
          detectIndex: 0,
          manifestDigest: LISTED.manifestDigest,
          entry: 7,
          level: 4,
        },
        {
          orderDigest: digest('1'),
          kind: 'sensitive',
          detectIndex: 0,
          manifestDigest: MODELLED.manifestDigest,
          entry: 0,
          level: 9,
        },
      ]);
    }
  });
  test('is signalled where the list beside it does not ask', () => {
    const admission = admitted(inputs({ detect: [known({ signal: undefined }), sensitive()] }));
    const { check, matches } = decide(complete(hit, found), admission);
    expect(check).toEqual({ outcome: 'match', action: 'block' });
    expect(matches).toMatchObject([{ kind: 'sensitive', detectIndex: 1, level: 9 }]);
  });
  test('by two models gives one signal, of the highest bucket', () => {
    const other = {
      reference: 'provider:v1/models/other/manifest.json' as TargetReference,
      manifestDigest: digest('e'),
    };
    const given = inputs({ detect: [sensitive(), sensitive({ model: other.reference })] });
    const admission = admitted({ ...given, models: [MODELLED, { ...other, maySignal: true }] });
    for (const [own, others, best] of [
      [7, 10, other],
      [10, 7, MODELLED],
    ] as const) {
      const { matches } = decide(
        complete({ ...found, bucket: own }, { ...found, model: 1, bucket: others }),
        admission,
      );
      expect(matches).toHaveLength(1);
      expect(matches[0]).toMatchObject({ kind: 'sensitive', manifestDigest: best.manifestDigest, entry: 0, level: 10 });
    }
  });
  test('is never signalled by a model without figures, and changes nothing else', () => {
    const given = { ...inputs(both), models: [{ ...MODELLED, maySignal: false }] };
    expect(decide(complete(found), admitted(given))).toEqual({
      check: { outcome: 'sensitive', action: 'block' },
      matches: [],
    });
    expect(decide(complete(hit, found), admitted(given)).matches).toMatchObject([{ kind: 'match', entry: 7 }]);
  });
  test('is never signalled on receive, nor on a surface that the rule does not name', () => {
    const onUpload = sensitive({ signal: { ...send, surfaces: ['upload'] } });
    for (const [detect, surface] of [
      [sensitive(), 'receive'],
      [onUpload, 'send'],
    ] as const) {
      const { check, matches } = decide(complete(found), admitted(inputs({ detect: [detect] }), surface));
      expect(check).toEqual({ outcome: 'sensitive', action: 'warn' });
      expect(matches).toEqual([]);
    }
  });
  test('in an incomplete verdict counts', () => {
    const verdict: Verdict = { media: 'image', findings: [found], complete: false, reason: 'model-missing' };
    expect(decide(verdict, admitted(inputs(both))).check).toEqual({ outcome: 'sensitive', action: 'block' });
  });
});

describe('a model that is missing', () => {
  const both = { detect: [sensitive(), known()], onUnscannable: 'block' as const };
  const without = (given: Inputs): ScanRequest => admitted({ ...given, models: [] });

  test('makes a picture unscannable, and waits for no retry', () => {
    expect(decide(complete(), without(inputs(both))).check).toEqual({
      outcome: 'unscannable',
      action: 'block',
      reason: 'model-missing',
      retry: true,
    });
  });
  test('is not missed in what is no picture', () => {
    const given = { ...inputs({ ...both, media: ['image', 'video'] }), models: [] };
    const video: Verdict = { media: 'video', findings: [], complete: true };
    expect(decide(video, admitted(given)).check.outcome).toBe('clear');
    expect(decide(video, admitted({ ...given, lists: [] })).check).toMatchObject({ reason: 'list-missing' });
  });
  test('takes nothing from a match', () => {
    const { check, matches } = decide(complete(hit), without(inputs(both)));
    expect(check).toEqual({ outcome: 'match', action: 'block' });
    expect(matches).toMatchObject([{ kind: 'match', detectIndex: 1 }]);
  });
  test('comes after a list that is missing, whichever the order names first', () => {
    for (const detect of [both.detect, both.detect.toReversed()])
      expect(admitted({ ...inputs({ detect }), models: [], lists: [] }).missing).toBe('list-missing');
  });
  test('or one more than a plan may have, is never dropped in silence', () => {
    const asking = (looks: number): ScanRequest => {
      const items = Array.from({ length: looks }, (_, i) => sensitive({ minBucket: i + 1 }));
      return admitted(inputs({ detect: [known(), ...items] }));
    };
    expect(asking(LIMITS.planModels)).not.toHaveProperty('missing');
    expect(decide(complete(), asking(LIMITS.planModels)).check.outcome).toBe('clear');

    const tooMany = asking(LIMITS.planModels + 1);
    expect(tooMany.plan.models).toHaveLength(LIMITS.planModels);
    expect(decide(complete(), tooMany).check).toMatchObject({ outcome: 'unscannable', reason: 'model-missing' });
    expect(decide(complete({ ...found, model: 3 }), tooMany).check.outcome).toBe('sensitive');
  });
});
