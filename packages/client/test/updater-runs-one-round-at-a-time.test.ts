/** The updater's state machine, replayed without a browser: every prefix of every sequence of events keeps the rules. */
import { DAY_MS, LodestoneError, type TargetReference, toInstant } from '@lodestone/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RoundReport } from '../src/network/updater/refresh.ts';
import {
  initial,
  next,
  REFRESH_MS,
  RETRY_MS,
  ROUND_OUTCOMES,
  type UpdaterEffect,
  type UpdaterEvent,
  type UpdaterState,
} from '../src/network/updater/state.ts';
import type { StoredInputs } from '../src/network/updater/stored-inputs.ts';
import type { StoredOrder } from '../src/network/storage/records.ts';
import { anOrder } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const REFERENCE = 'lists:v1/lists/demo/manifest.json' as TargetReference;

function storedInputs(...ids: string[]): StoredInputs {
  const timestamp = {
    version: 1,
    issued: toInstant(NOW),
    expires: toInstant(NOW + 400 * DAY_MS),
    digest: 'f'.repeat(64),
  };
  const orders = ids.map((id): StoredOrder => ({
    orderDigest: id.repeat(64) as never,
    source: 'orders',
    order: anOrder(NOW, { id: id as never }),
    signers: [],
    firstSeen: NOW,
    effectiveFrom: NOW,
    isAcknowledged: true,
    isSupplied: true,
  }));
  const records = { orders, releases: [], suppressions: [], models: [], keys: [] };
  return {
    revision: 1,
    updater: { round: 1, revision: 1, since: NOW, isNew: false },
    sources: new Map(),
    standings: new Map(),
    records,
    accepted: {
      ...records,
      keys: new Map(),
      timestamps: new Map([['orders', timestamp as never]]),
      isUnheard: false,
      suppliers: { lists: new Set(), models: new Set() },
      refused: new Map(),
    },
  };
}

const ERROR = new LodestoneError('ERR_NETWORK', 'test');
function report(hasFailed: boolean): RoundReport {
  return { sourceErrors: new Map(), targetErrors: new Map(hasFailed ? [[REFERENCE, ERROR]] : []), withdrawn: [] };
}

const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const event: fc.Arbitrary<UpdaterEvent> = fc.oneof(
  fc.constant<UpdaterEvent>({ type: 'round-requested' }),
  fc.boolean().map((hasFailed): UpdaterEvent => ({ type: 'round-reported', report: report(hasFailed) })),
  fc.record({ type: fc.constant('round-ended' as const), outcome: fc.constantFrom(...ROUND_OUTCOMES), random }),
  fc.record({ hasFailed: fc.boolean(), random }).map(({ hasFailed, random: unit }): UpdaterEvent => ({
    type: 'transfers-ended',
    errors: report(hasFailed).targetErrors,
    random: unit,
  })),
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

test('each round that ends schedules the next one; so do transfers that change the number of failures; nothing else does', () => {
  holdsForEachTransition(({ event: one, before, after, effects }) => {
    const schedules = effects.filter(({ type }) => type === 'schedule-round');
    const roundEnds = one.type === 'round-ended' && before.phase === 'running';
    const transfersEnd =
      one.type === 'transfers-ended' &&
      before.transfers === 'running' &&
      before.phase === 'idle' &&
      before.failures !== after.failures;
    expect(schedules).toHaveLength(roundEnds || transfersEnd ? 1 : 0);
  });
});

test('transfers start at the end of a round, never twice at a time, and no round waits for them', () => {
  holdsForEachTransition(({ event: one, before, effects }) => {
    const starts = effects.filter(({ type }) => type === 'start-transfers').length;
    const ends = one.type === 'round-ended' && before.phase === 'running';
    expect(starts).toBe(ends && before.transfers === 'idle' ? 1 : 0);
    if (one.type === 'round-requested' && before.phase === 'idle') expect(effects).toEqual([{ type: 'start-round' }]);
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
  ['a crash', false, 'crashed', 1],
  ['an error of a source or target', true, 'done', 1],
  ['a round that a newer one superseded', false, 'superseded', 0],
  ['no error', false, 'done', 0],
] as const)('%s: failures in a row are counted', (_, hasFailed, outcome, failures) => {
  const transitions = replay([
    { type: 'round-requested' },
    { type: 'round-reported', report: report(hasFailed) },
    { type: 'round-ended', outcome, random: 0 },
  ]);
  expect(transitions.at(-1)?.after.failures).toBe(failures);
});

test('transfers that fail again and again are retried after twice as long each time', () => {
  const again: UpdaterEvent[] = [
    { type: 'round-requested' },
    { type: 'round-reported', report: report(false) },
    { type: 'round-ended', outcome: 'done', random: 0 },
    { type: 'transfers-ended', errors: report(true).targetErrors, random: 0 },
  ];
  const ends = replay([...again, ...again, ...again]).filter(({ event: one }) => one.type === 'transfers-ended');
  expect(ends.flatMap(({ effects }) => effects)).toEqual(
    [30_000, 60_000, 120_000].map((wait) => ({ type: 'schedule-round', delayMs: wait })),
  );
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
