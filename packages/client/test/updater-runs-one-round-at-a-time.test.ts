/** The updater's state machine, replayed without a browser: every prefix of every sequence of events keeps the rules. */
import { LodestoneError, type TargetReference } from '@lodestone/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RoundReport } from '../src/network/updater/refresh.ts';
import {
  initial,
  next,
  REFRESH_MS,
  RETRY_MS,
  type UpdaterEffect,
  type UpdaterEvent,
  type UpdaterState,
} from '../src/network/updater/state.ts';
import type { StoredInputs } from '../src/network/updater/stored-inputs.ts';
import { anOrder } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const REFERENCE = 'lists:v1/lists/demo/manifest.json' as TargetReference;

function storedInputs(...ids: string[]): StoredInputs {
  const orders = ids.map((id) => ({
    orderDigest: id.repeat(64) as never,
    source: 'orders',
    order: anOrder(NOW, { id: id as never }),
    effectiveFrom: NOW,
  }));
  return { accepted: { orders, releases: [], models: [], timestamps: new Map() }, sources: new Map(), keys: new Map() };
}

function report(code?: 'ERR_NETWORK' | 'ERR_MODEL'): RoundReport {
  const targetErrors = new Map(code ? [[REFERENCE, new LodestoneError(code, 'test')]] : []);
  return { sourceErrors: new Map(), targetErrors, newReleases: [] };
}

const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const event: fc.Arbitrary<UpdaterEvent> = fc.oneof(
  fc.constant<UpdaterEvent>({ type: 'round-requested' }),
  fc
    .constantFrom(undefined, 'ERR_NETWORK', 'ERR_MODEL')
    .map((code): UpdaterEvent => ({ type: 'round-reported', report: report(code as 'ERR_NETWORK' | undefined) })),
  fc.record({ type: fc.constant('round-ended' as const), crashed: fc.boolean(), random }),
  fc.subarray(['a', 'b']).map((ids): UpdaterEvent => ({ type: 'inputs-read', stored: storedInputs(...ids) })),
  fc.constant<UpdaterEvent>({ type: 'time-passed' }),
);

interface Transition {
  before: UpdaterState;
  event: UpdaterEvent;
  after: UpdaterState;
  effects: readonly UpdaterEffect[];
}
function replay(events: readonly UpdaterEvent[]): Transition[] {
  let before = initial(storedInputs('a'), NOW);
  return events.map((one) => {
    const { state: after, effects } = next(Object.freeze(before), one, NOW);
    const transition = { before, event: one, after, effects };
    before = after;
    return transition;
  });
}
const holdsForEachTransition = (check: (transition: Transition, earlier: readonly Transition[]) => void): void =>
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const transitions = replay(events);
      for (const [i, transition] of transitions.entries()) check(transition, transitions.slice(0, i));
    }),
  );

test('a round never starts while one runs', () => {
  holdsForEachTransition(({ effects, before, after }, earlier) => {
    if (!effects.some(({ type }) => type === 'start-round')) return;
    expect([before.phase, after.phase]).toEqual(['idle', 'running']);
    const started = earlier.filter((one) => one.effects.some(({ type }) => type === 'start-round')).length;
    const ended = earlier.filter((one) => one.event.type === 'round-ended' && one.before.phase === 'running').length;
    expect(started).toBe(ended);
  });
});

test('each round that ends schedules the next one, and nothing else does', () => {
  holdsForEachTransition(({ event: one, before, effects }) => {
    const schedules = effects.filter(({ type }) => type === 'schedule-round');
    expect(schedules).toHaveLength(one.type === 'round-ended' && before.phase === 'running' ? 1 : 0);
  });
});

test('a failed round is retried after 30 s, then twice as long each time, up to an hour', () => {
  holdsForEachTransition(({ after, effects }) => {
    for (const effect of effects) {
      if (effect.type !== 'schedule-round' || after.failures === 0) continue;
      expect(effect.delayMs).toBe(Math.min(30_000 * 2 ** (after.failures - 1), 3_600_000));
    }
  });
  expect(RETRY_MS).toEqual({ first: 30_000, max: 3_600_000 });
});

test('the round after a success starts five to seven hours later', () => {
  holdsForEachTransition(({ after, effects }) => {
    for (const effect of effects) {
      if (effect.type !== 'schedule-round' || after.failures > 0) continue;
      expect(effect.delayMs).toBeGreaterThanOrEqual(REFRESH_MS.min);
      expect(effect.delayMs).toBeLessThan(REFRESH_MS.max);
    }
  });
});

test.each([
  ['a crash', undefined, true, 1],
  ['an error of a source or target', 'ERR_NETWORK', false, 1],
  ['a model without accuracy figures', 'ERR_MODEL', false, 0],
  ['no error', undefined, false, 0],
] as const)('%s: failures in a row are counted', (_, code, crashed, failures) => {
  const transitions = replay([
    { type: 'round-requested' },
    { type: 'round-reported', report: report(code) },
    { type: 'round-ended', crashed, random: 0 },
  ]);
  expect(transitions.at(-1)?.after.failures).toBe(failures);
});

test('a stopped updater has no effects', () => {
  fc.assert(
    fc.property(fc.array(event), fc.array(event), (before, after) => {
      const transitions = replay([...before, { type: 'stopped' }, ...after]);
      expect(transitions.slice(before.length).flatMap(({ effects }) => effects)).toEqual([]);
    }),
  );
});

test('the inputs are the same object while the same orders are in force', () => {
  holdsForEachTransition(({ before, after }) => {
    const isSame = JSON.stringify(before.inputs) === JSON.stringify(after.inputs);
    expect(after.inputs === before.inputs).toBe(isSame);
  });
});

test('an order ends by time, without storage or network', () => {
  const state = initial(storedInputs('a'), NOW);
  expect(state.inputs.orders).toHaveLength(1);
  const later = Date.parse(anOrder(NOW).notAfter);
  expect(next(state, { type: 'time-passed' }, later).state.inputs.orders).toEqual([]);
});
