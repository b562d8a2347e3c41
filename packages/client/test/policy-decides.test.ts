import type { Digest, Finding, Verdict } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { admit, type Admission, covers, decide, type Inputs, unscannable } from '../src/policy.ts';
import { anOrder, known, LIST } from './world.ts';

const digest = (char: string): Digest => char.repeat(64) as Digest;
const NOW = Date.UTC(2026, 10, 24);
const LISTED = { reference: LIST, manifest: digest('b'), file: digest('c') };
const hit: Finding = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 4 };

function inputs(...orders: Parameters<typeof anOrder>[1][]): Inputs {
  return {
    orders: orders.map((change, i) => ({ digest: digest(String(i)), order: anOrder(NOW, change) })),
    lists: [LISTED],
    models: [],
  };
}
function admitted(given: Inputs, surface: 'send' | 'receive' = 'send'): Admission {
  const admission = admit(given, surface);
  if ('skipped' in admission) throw new Error(`skipped: ${admission.skipped}`);
  return admission;
}
const complete = (...findings: Finding[]): Verdict => ({ media: 'image', findings, complete: true });

describe('what is looked at', () => {
  test('nothing without an order in force', () => {
    expect(admit({ orders: [], lists: [LISTED], models: [] }, 'send')).toEqual({ skipped: 'no-order' });
    expect(covers({ orders: [], lists: [], models: [] }, { surface: 'send' })).toBe(false);
  });
  test('nothing on a surface that no order names', () => {
    expect(admit(inputs({ surfaces: ['send'] }), 'profile')).toEqual({ skipped: 'not-covered' });
  });
  test('covers knows surfaces and media', () => {
    const given = inputs({ surfaces: ['send'], media: ['image'] });
    expect(covers(given, { surface: 'send' })).toBe(true);
    expect(covers(given, { surface: 'send', media: 'video' })).toBe(false);
    expect(covers(given, { surface: 'receive' })).toBe(false);
  });
  test('two orders that ask the same of one list share a line of the plan', () => {
    expect(admitted(inputs({}, {})).plan.lists).toHaveLength(1);
    expect(admitted(inputs({}, { detect: [known({ maxDistance: 10 })] })).plan.lists).toHaveLength(2);
  });
});

describe('what is concluded', () => {
  test('clear only from a complete verdict without findings and with every list there', () => {
    expect(decide(complete(), admitted(inputs({}))).answer).toEqual({ outcome: 'clear', action: 'allow' });
    const missing = admitted({ ...inputs({}), lists: [] });
    expect(decide(complete(), missing).answer).toMatchObject({
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
          const { answer } = decide(
            { media, findings: [], complete: false, reason },
            admitted(inputs({ onUnscannable: 'block' })),
          );
          expect(answer).toEqual({ outcome: 'unscannable', action: 'block', reason, retry: false });
        },
      ),
    );
  });
  test('a medium that the order does not name is skipped', () => {
    const { answer } = decide({ media: 'video', findings: [], complete: true }, admitted(inputs({ media: ['image'] })));
    expect(answer).toEqual({ outcome: 'skipped', action: 'allow', reason: 'not-covered' });
  });
  test('a match in an incomplete verdict is a match', () => {
    const verdict: Verdict = { media: 'image', findings: [hit], complete: false, reason: 'decode' };
    expect(decide(verdict, admitted(inputs({}))).answer).toEqual({ outcome: 'match', action: 'block' });
  });
  test('several orders: the strictest action, one signal for each order that asks', () => {
    const admission = admitted(
      inputs({ detect: [known({ action: 'warn' })] }, { detect: [known({ action: 'block' })] }),
    );
    const { answer, matches } = decide(complete(hit), admission);
    expect(answer).toEqual({ outcome: 'match', action: 'block' });
    expect(matches.map(({ order }) => order)).toEqual([digest('0'), digest('1')]);
  });
  test('one order with two lists that match gives one signal, the nearest', () => {
    const admission = admitted(inputs({ detect: [known({ maxDistance: 31 }), known({ maxDistance: 20 })] }));
    const { matches } = decide(complete(hit, { ...hit, list: 1, entry: 9, distance: 1 }), admission);
    expect(matches).toHaveLength(1);
    expect(matches[0]).toMatchObject({ entry: 9, level: 1, manifest: LISTED.manifest });
  });
  test('what a person receives is never signalled', () => {
    const { answer, matches } = decide(complete(hit), admitted(inputs({}), 'receive'));
    expect(answer.outcome).toBe('match');
    expect(matches).toEqual([]);
  });
  test('retry is true for what passes, false for what stays', () => {
    const { orders } = inputs({});
    for (const reason of ['deadline', 'room', 'limit', 'list-missing'] as const)
      expect(unscannable(reason, orders)).toMatchObject({ retry: true });
    for (const reason of ['format', 'decode', 'too-large', 'model-missing'] as const)
      expect(unscannable(reason, orders)).toMatchObject({ retry: false });
  });
});
