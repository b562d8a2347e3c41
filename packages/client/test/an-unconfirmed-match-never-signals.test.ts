/**
 * A near match that no model confirmed never signals, in any state of the confirming model, and the check names the orders
 * under which it could not be confirmed, whatever was found. Spec: docs/design/client.md#policy
 */
import { digestOf as digest } from '@lodestone/testkit/digests';
import {
  type DetectKnown,
  type Finding,
  INCOMPLETE_REASONS,
  LIMITS,
  type TargetReference,
  type Verdict,
} from '@lodestone/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createChecker } from '../src/check.ts';
import { createQueue } from '../src/content/queue.ts';
import type { Inputs, ModelInForce } from '../src/inputs.ts';
import { decide } from '../src/policy.ts';
import { planScan, type ScanRequest } from '../src/scan-plan.ts';
import { anOrder, known, LIST, MODEL, sensitive } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const MODELLED: ModelInForce = { reference: MODEL, manifestDigest: digest('d'), maySignal: true };
const near: Finding = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 4 };
const exact: Finding = { kind: 'known', list: 0, entry: 7, match: 'exact', distance: 0 };
const found: Finding = { kind: 'sensitive', model: 0, bucket: 9 };
const EACH_FINDING: Finding[][] = [[], [near], [exact], [found]];

function confirming(evidence: ('exact' | 'confirmed')[] = ['exact', 'confirmed']): DetectKnown {
  const confirm = { model: MODEL, manifestDigest: MODELLED.manifestDigest, minBucket: 8 };
  return known({ signal: { surfaces: ['send'], evidence, confirm, threshold: 3, withinDays: 30 } });
}
function inputs(models: readonly ModelInForce[], ...details: Parameters<typeof anOrder>[1][]): Inputs {
  const list = { reference: LIST, purpose: 'verified', manifestDigest: digest('b'), fileDigest: digest('c') } as const;
  return {
    orders: details.map((change, i) => ({
      source: 'orders',
      orderDigest: digest(String(i)),
      order: anOrder(NOW, change),
    })),
    unknown: [],
    coming: [],
    isUnheard: false,
    lists: [{ ...list, signedBy: ['lists'], entries: 5_000 }],
    models,
  };
}
function requestOf(given: Inputs, surface: 'send' | 'receive' = 'send'): ScanRequest {
  const request = planScan(given, surface);
  if ('skipped' in request) throw new Error(`skipped: ${request.skipped}`);
  return request;
}
const complete = (...findings: Finding[]): Verdict => ({ media: 'image', findings, complete: true });
const FAILED = { media: 'image', complete: false, reason: 'model-missing' } as const;
const failed = (...findings: Finding[]): Verdict => ({ ...FAILED, findings, failedModels: [0] });
const ORDER = { detect: [confirming()] };

const STATES: Record<string, readonly ModelInForce[]> = {
  'is missing': [],
  'is another release': [{ ...MODELLED, manifestDigest: digest('e') }],
  'has no figures by group': [{ ...MODELLED, maySignal: false }],
};

test.each(Object.entries(STATES))('if the model %s, every check of a picture names the order', (_, models) => {
  const request = requestOf(inputs(models, ORDER, { detect: [known()] }));
  for (const findings of EACH_FINDING.filter(([one]) => one !== found))
    expect(decide(complete(...findings), request).check).toMatchObject({ unconfirmed: [digest('0')] });
  expect(decide(complete(near), request).matches).toEqual([]);
  expect(decide(complete(), request).check.outcome).toBe('clear');
});

test('if the model fails with this picture, the check names the order, and a near match does not signal', () => {
  const request = requestOf(inputs([MODELLED], ORDER));
  for (const findings of [[], [near], [exact]])
    expect(decide(failed(...findings), request).check).toMatchObject({ unconfirmed: [digest('0')] });
  expect(decide(failed(near), request).matches).toEqual([]);
  expect(decide(failed(exact), request).matches).toHaveLength(1);
});

test.each(['part', 'member'] as const)(
  'a match of the kind %s never signals, although the model found something',
  (match) => {
    const request = requestOf(inputs([MODELLED], ORDER));
    const decided = decide(complete({ ...near, match, distance: 0 }, found), request);
    expect(decided.check).toMatchObject({ outcome: 'match', action: 'block' });
    expect(decided.matches).toEqual([]);
    expect(decide(complete(near, found), request).matches).toHaveLength(1);
  },
);

test.each(['decode', 'too-long', 'codec'] as const)(
  'if the model fails with a picture whose verdict has the reason %s, the check names the order and is not clear',
  (reason) => {
    const request = requestOf(inputs([MODELLED], ORDER));
    for (const findings of [[], [near], [exact]]) {
      const verdict: Verdict = { media: 'image', findings, complete: false, reason, failedModels: [0] };
      const { check } = decide(verdict, request);
      expect(check).toMatchObject({ unconfirmed: [digest('0')] });
      expect(check.outcome).toBe(findings.length === 0 ? 'unscannable' : 'match');
    }
  },
);

test('an order that does not cover pictures is never named', () => {
  const files = { ...ORDER, media: ['file' as const] };
  for (const models of [[], [MODELLED]]) {
    const request = requestOf(inputs(models, files, ORDER));
    for (const verdict of [complete(), failed()])
      expect(decide(verdict, request).check.unconfirmed ?? []).not.toContain(digest('0'));
    expect(decide(failed(), request).check).toMatchObject({ unconfirmed: [digest('1')] });
  }
});

test('if only another model fails, the check names no order of the one that ran, which classified the picture', () => {
  const other = { reference: 'provider:v1/models/other/manifest.json' as TargetReference, manifestDigest: digest('e') };
  const confirm = { model: other.reference, manifestDigest: other.manifestDigest, minBucket: 8 };
  const signal = {
    surfaces: ['send' as const],
    evidence: ['confirmed' as const],
    threshold: 3,
    withinDays: 30,
    confirm,
  };
  const models = [MODELLED, { ...other, maySignal: true }];
  const request = requestOf(inputs(models, ORDER, { detect: [known({ signal })] }));
  expect(request.plan.models).toHaveLength(2);
  for (const [failedModel, order] of [digest('0'), digest('1')].entries()) {
    expect(decide({ ...FAILED, findings: [near], failedModels: [failedModel] }, request).check).toMatchObject({
      unconfirmed: [order],
    });
  }
  // A model that acts and ran leaves the picture clear, whatever happened to one that only confirms.
  const acting = requestOf(inputs(models, { detect: [sensitive(), known({ signal })] }));
  expect(acting.plan.models.map(({ manifestDigest }) => manifestDigest)).toEqual([digest('d'), digest('e')]);
  const outcomes = [0, 1].map(
    (model) => decide({ ...FAILED, findings: [], failedModels: [model] }, acting).check.outcome,
  );
  expect(outcomes).toEqual(['unscannable', 'clear']);
});

test('if the model ran, no check names an order, whatever was found', () => {
  const request = requestOf(inputs([MODELLED], ORDER));
  for (const findings of [...EACH_FINDING, [near, found]])
    expect(decide(complete(...findings), request).check).not.toHaveProperty('unconfirmed');
  const other: Verdict = { media: 'image', findings: [near], complete: false, reason: 'decode' };
  expect(decide(other, request).check).not.toHaveProperty('unconfirmed');
});

test('content that is no picture, a surface that cannot signal, and an order without confirmed evidence name none', () => {
  const without = inputs([], ORDER);
  expect(decide({ media: 'file', findings: [], complete: true }, requestOf(without)).check).not.toHaveProperty(
    'unconfirmed',
  );
  expect(decide(complete(near), requestOf(without, 'receive')).check).not.toHaveProperty('unconfirmed');
  expect(decide(complete(near), requestOf(inputs([], { detect: [known()] }))).check).not.toHaveProperty('unconfirmed');
});

test('a model for which the plan has no line left confirms nothing, and the check says so', () => {
  const others = Array.from(
    { length: LIMITS.planModels },
    (_, i) => `provider:v1/models/m${i}/manifest.json` as TargetReference,
  );
  const models = others.map((reference, i) => ({ reference, manifestDigest: digest(String(i + 1)), maySignal: true }));
  const detect = [confirming(), ...others.map((model) => sensitive({ model }))];
  const request = requestOf(inputs([MODELLED, ...models], { detect }));
  const { check, matches } = decide(complete(near), request);
  expect(check).toMatchObject({ outcome: 'match', unconfirmed: [digest('0')] });
  expect(matches).toEqual([]);
});

test('in any verdict, under any models, a signal of a near match has the bucket of the pinned model', () => {
  const models = fc.constantFrom<readonly ModelInForce[]>([MODELLED], ...Object.values(STATES));
  const details = fc.subarray([confirming(), confirming(['confirmed']), known(), sensitive()], { minLength: 1 });
  const finding = fc.oneof(
    fc.record({
      kind: fc.constant('known' as const),
      list: fc.nat(3),
      entry: fc.integer({ min: 1, max: 9 }),
      match: fc.constantFrom('exact' as const, 'near' as const),
      distance: fc.nat(31),
    }),
    fc.record({ kind: fc.constant('sensitive' as const), model: fc.nat(3), bucket: fc.integer({ min: 1, max: 10 }) }),
  );
  const reason = fc.option(fc.constantFrom(...INCOMPLETE_REASONS), { nil: undefined });
  fc.assert(
    fc.property(models, details, fc.array(finding, { maxLength: 8 }), reason, (given, detect, findings, why) => {
      const request = requestOf(inputs(given, { detect }));
      const { matches } = decide(
        why === undefined
          ? complete(...findings)
          : why === 'model-missing'
            ? failed(...findings)
            : { media: 'image', findings, complete: false, reason: why },
        request,
      );
      for (const { kind, evidence, level } of matches) {
        if (kind !== 'match') continue;
        const pinned = request.plan.models.findIndex((line) => line.manifestDigest === MODELLED.manifestDigest);
        const isFound = findings.some(
          (one) =>
            one.kind === 'sensitive' && request.plan.models[one.model]?.manifestDigest === MODELLED.manifestDigest,
        );
        const isExact = findings.some((one) => one.kind === 'known' && one.match === 'exact' && one.distance === level);
        if (evidence.kind === 'exact') expect(isExact).toBe(true);
        else expect([evidence.kind, pinned >= 0, isFound]).toEqual(['confirmed', true, true]);
      }
    }),
  );
});

test('a check that could not be confirmed runs again for the same picture', async () => {
  const verdicts = [failed(near), complete(near, found)];
  const given = inputs([MODELLED], ORDER);
  const taken: number[] = [];
  const check = createChecker({
    inputs: () => given,
    queue: createQueue(() => NOW),
    sandbox: {
      scan: async () => verdicts.shift() ?? complete(),
      lacksPart: () => false,
      isForbidden: () => false,
      prepare: async () => undefined,
    },
    take: (matches) => taken.push(matches.length),
  });
  const picture = new Blob(['x']);
  expect(await check(picture, { surface: 'send' })).toMatchObject({ outcome: 'match', unconfirmed: [digest('0')] });
  expect(await check(picture, { surface: 'send' })).toEqual({
    outcome: 'match',
    action: 'block',
    orders: [digest('0')],
  });
  expect(taken).toEqual([0, 1]);
});
