/** Every message from the sandbox fits a closed schema, and a verdict has at most 3 KiB. Spec: docs/design/contracts.md#sandbox-messages */
import { check, LIMITS, MOST_FINDINGS, SANDBOX_ANSWERS, SandboxEvent, utf8, Verdict } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sandboxEvent, verdict } from '@lodestone/testkit/arbitrary';
import { refused } from './refusal.ts';

const known = { kind: 'known', list: 0, entry: 1, match: 'near', distance: 5 };
const sensitive = { kind: 'sensitive', model: 0, bucket: 8 };
const complete = { media: 'image', findings: [known], complete: true };

describe('verdict', () => {
  test('a valid verdict is unchanged and has fewer than 3,072 bytes', () => {
    fc.assert(
      fc.property(verdict, (value) => {
        expect(check(Verdict, value, 'verdict')).toEqual(value);
        expect(utf8(JSON.stringify(value)).length).toBeLessThan(LIMITS.verdictBytes);
      }),
    );
  });
  test('the largest verdict is unchanged and has fewer than 3,072 bytes', () => {
    const finding = { kind: 'known', list: LIMITS.planLists - 1, entry: 0xffffffff, match: 'exact', distance: 31 };
    const findings = Array.from({ length: MOST_FINDINGS }, () => finding);
    const failedModels = Array.from({ length: LIMITS.planModels }, (_, model) => model);
    const largest = { media: 'image', findings, complete: false, reason: 'model-missing', failedModels };
    expect(check(Verdict, largest, 'verdict')).toEqual(largest);
    const { length } = utf8(JSON.stringify(largest));
    expect(length).toBeGreaterThan(2_600); // it is the largest
    expect(length).toBeLessThan(LIMITS.verdictBytes);
  });
  test('a missing list or model is a valid reason', () => {
    for (const reason of [
      { reason: 'list-missing' },
      { reason: 'model-missing', failedModels: [1, 3] },
      { reason: 'decode', failedModels: [0] },
    ]) {
      const value = { media: 'image', findings: [known, sensitive], complete: false, ...reason };
      expect(check(Verdict, value, 'verdict')).toEqual(value);
    }
  });
  test.each<[string, unknown]>([
    ['a score', { ...complete, score: 0.93 }],
    ['free text', { ...complete, note: 'hello' }],
    ['a time', { ...complete, ms: 31 }],
    ['a finding with an additional key', { ...complete, findings: [{ ...known, hash: 'ab' }] }],
    ['a fraction of a bit', { ...complete, findings: [{ ...known, distance: 0.5 }] }],
    ['a distance of 32', { ...complete, findings: [{ ...known, distance: 32 }] }],
    ['entry 0', { ...complete, findings: [{ ...known, entry: 0 }] }],
    ['a list beyond the plan’s limit', { ...complete, findings: [{ ...known, list: LIMITS.planLists }] }],
    [
      'more findings than a plan has lines',
      { ...complete, findings: Array.from({ length: MOST_FINDINGS + 1 }, () => known) },
    ],
    ['complete, and of unknown media', { ...complete, media: 'unknown' }],
    ['complete, with a reason', { ...complete, reason: 'format' }],
    ['incomplete without a reason', { ...complete, complete: false }],
    ['a reason in free text', { ...complete, complete: false, reason: 'the picture shows …' }],
    ['a model beyond the plan’s limit', { ...complete, findings: [{ ...sensitive, model: LIMITS.planModels }] }],
    ['a negative model', { ...complete, findings: [{ ...sensitive, model: -1 }] }],
    ['half a bucket', { ...complete, findings: [{ ...sensitive, bucket: 7.5 }] }],
    ['a bucket of −1', { ...complete, findings: [{ ...sensitive, bucket: -1 }] }],
    ['a score in addition to its bucket', { ...complete, findings: [{ ...sensitive, score: 0.83 }] }],
    ['classes in addition to their bucket', { ...complete, findings: [{ ...sensitive, classes: [0.1, 0.9] }] }],
    ['a bucket of 11', { ...complete, findings: [{ ...sensitive, bucket: 11 }] }],
    ['a missing model without its index', { ...complete, complete: false, reason: 'model-missing' }],
    ['no missing model', { ...complete, complete: false, reason: 'model-missing', failedModels: [] }],
    ['missing models out of order', { ...complete, complete: false, reason: 'model-missing', failedModels: [1, 0] }],
    ['a missing model twice', { ...complete, complete: false, reason: 'model-missing', failedModels: [1, 1] }],
    [
      'a missing model beyond the plan’s limit',
      { ...complete, complete: false, reason: 'model-missing', failedModels: [4] },
    ],
    ['missing models of a missing list', { ...complete, complete: false, reason: 'list-missing', failedModels: [0] }],
    ['missing models in a file', { ...complete, media: 'file', complete: false, reason: 'decode', failedModels: [0] }],
    ['missing models in a complete verdict', { ...complete, failedModels: [0] }],
    ['nothing', null],
    ['a promise', Promise.resolve(complete)],
    ['text', JSON.stringify(complete)],
  ])('%s is refused', (_, value) => {
    refused(() => check(Verdict, value, 'verdict'), 'ERR_SCHEMA');
  });
});

describe('events', () => {
  test('a valid event is unchanged', () => {
    fc.assert(
      fc.property(sandboxEvent, (value) => {
        expect(check(SandboxEvent, value, 'event')).toEqual(value);
      }),
    );
  });
  test('an additional key is refused in each event', () => {
    fc.assert(
      fc.property(sandboxEvent, fc.string(), (value, text) => {
        refused(() => check(SandboxEvent, { ...value, text }, 'event'), 'ERR_SCHEMA');
      }),
    );
  });
  test.each<[string, unknown]>([
    ['blocks beyond the largest content', { type: 'bytes-wanted', contentId: 0, first: LIMITS.videoBytes, count: 1 }],
    [
      'more blocks than one request may have',
      { type: 'bytes-wanted', contentId: 0, first: 0, count: LIMITS.blocksWanted + 1 },
    ],
    ['progress of 17 sixteenths', { type: 'progress', contentId: 0, sixteenths: 17 }],
    ['another type', { type: 'log', text: 'hello' }],
    ['a comlink message', { type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [] }],
  ])('%s is refused', (_, value) => {
    refused(() => check(SandboxEvent, value, 'event'), 'ERR_SCHEMA');
  });
});

describe('answers', () => {
  test.each(['load', 'unload'] as const)('%s answers ok or not, and nothing else', (method) => {
    for (const ok of [true, false]) expect(check(SANDBOX_ANSWERS[method], { ok }, method)).toEqual({ ok });
    for (const value of [{ ok: 1 }, { ok: true, why: '' }, true, undefined]) {
      refused(() => check<unknown>(SANDBOX_ANSWERS[method], value, method), 'ERR_SCHEMA');
    }
  });
  test('endPart answers with ok alone', () => {
    expect(check(SANDBOX_ANSWERS.endPart, { ok: true }, 'endPart')).toEqual({ ok: true });
    refused(() => check<unknown>(SANDBOX_ANSWERS.endPart, { ok: true, bytes: 1 }, 'endPart'), 'ERR_SCHEMA');
  });
  test.each(['startPart', 'loadIntoPart', 'partFault'] as const)('%s answers ok, or one of four faults', (method) => {
    const answer = (value: unknown) => check<unknown>(SANDBOX_ANSWERS[method], value, method);
    expect(answer({ ok: true })).toEqual({ ok: true });
    for (const fault of ['digest', 'ended', 'runtime', 'data'])
      expect(answer({ ok: false, fault })).toEqual({ ok: false, fault });
    for (const value of [
      { ok: false },
      { ok: true, fault: 'data' },
      { ok: false, fault: 'the picture shows …' },
      { ok: false, fault: 'data', message: '' },
      { ok: 1 },
      'model',
      undefined,
    ]) {
      refused(() => answer(value), 'ERR_SCHEMA');
    }
  });
  test('scan answers with a verdict', () => {
    expect(check(SANDBOX_ANSWERS.scan, complete, 'scan')).toEqual(complete);
    refused(() => check(SANDBOX_ANSWERS.scan, { ok: true }, 'scan'), 'ERR_SCHEMA');
  });
});
