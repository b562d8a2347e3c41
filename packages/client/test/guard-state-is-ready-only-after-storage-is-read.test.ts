/** The guard's state machine, by replayed event sequences. Spec: docs/design/client.md#guard, docs/design/client.md#status */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { LodestoneError, type OrderDigest, type TargetReference } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SandboxReport } from '../src/content/sandbox-state.ts';
import { FIRST_STATE, type GuardEffect, type GuardEvent, type GuardState, nextGuard } from '../src/guard-state.ts';
import type { ModelStatus } from '../src/status.ts';

const BUILD = 'b'.repeat(64) as AnyDigest;
const MANIFEST = 'c'.repeat(64) as AnyDigest;
const BROKEN = new LodestoneError('ERR_MODEL', 'does not load');
const NO_PART = new LodestoneError('ERR_SANDBOX_PART', 'could not be loaded');
const GONE = new LodestoneError('ERR_SANDBOX_GONE', 'gone');
const MODEL: ModelStatus = {
  reference: 'provider:v1/models/shapes/manifest.json' as TargetReference,
  release: { version: 1, manifestDigest: MANIFEST, fileDigest: BUILD, maySignal: true, notAfter: '' as never },
};
const inputs = (isOrderInForce: boolean): GuardEvent => ({
  type: 'inputs',
  inputs: { sources: [], orders: [], lists: [], models: [MODEL] },
  isOrderInForce,
});

function replay(events: readonly GuardEvent[], from: GuardState = FIRST_STATE) {
  let state = from;
  const effects: GuardEffect[] = [];
  for (const event of events) {
    const step = nextGuard(state, event);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const report = fc.constantFrom<SandboxReport>(
  { state: 'starting' },
  { state: 'ready', build: BUILD },
  { state: 'failed', error: GONE },
  { state: 'failed', error: GONE, build: BUILD },
);
const anyEvent: fc.Arbitrary<GuardEvent> = fc.oneof(
  fc.constantFrom<GuardEvent>(
    { type: 'opened', storage: 'persistent' },
    { type: 'not-opened', error: GONE },
    { type: 'network', change: { storage: 'memory' } },
    { type: 'network', change: { outbox: { armed: ['a' as OrderDigest] } } },
    { type: 'model', manifestDigest: MANIFEST, error: BROKEN },
    { type: 'model', manifestDigest: MANIFEST, error: undefined },
    { type: 'part', part: 'video', error: NO_PART },
    { type: 'part', part: 'video', error: undefined },
  ),
  fc.boolean().map(inputs),
  report.map((of): GuardEvent => ({ type: 'sandbox', report: of })),
);
const sequence = fc.array(anyEvent, { maxLength: 30 });

describe('after any sequence of events', () => {
  test('the status is ready only after storage is read', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const { status } = replay(events).state;
        const isOpened = events.some(({ type }) => type === 'opened');
        if (status.state === 'ready') expect(isOpened).toBe(true);
      }),
    );
  });

  test('a sandbox that is ready has a build', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const { sandbox } = replay(events).state.status;
        if (sandbox.state === 'ready') expect(sandbox.build).toBe(BUILD);
      }),
    );
  });

  test('no sandbox starts before storage is read and an order is in force', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const { effects } = replay(events);
        if (!effects.some(({ type }) => type === 'prepare-sandbox')) return;
        const opened = events.findIndex(({ type }) => type === 'opened');
        const ordered = events.findLastIndex((event) => event.type === 'inputs' && event.isOrderInForce);
        expect(opened).toBeGreaterThanOrEqual(0);
        expect(ordered).toBeGreaterThan(opened);
      }),
    );
  });

  test('the status names a part as long as it does not run', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const last = events.findLast(({ type }) => type === 'part');
        const isMissing = last?.type === 'part' && last.error;
        expect(replay(events).state.status.parts).toEqual(isMissing ? [{ part: 'video', error: NO_PART }] : []);
      }),
    );
  });

  test('a sandbox is prepared only while there is none', () => {
    fc.assert(
      fc.property(sequence, fc.boolean(), (events, isOrderInForce) => {
        const { state } = replay(events);
        const prepares = nextGuard(state, inputs(isOrderInForce)).effects.some(
          ({ type }) => type === 'prepare-sandbox',
        );
        expect(prepares).toBe(state.phase === 'open' && isOrderInForce && state.status.sandbox.state === 'none');
      }),
    );
  });

  test('storage opens once: a second report of it changes nothing', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const { state } = replay([...events, { type: 'opened', storage: 'persistent' }]);
        expect(nextGuard(state, { type: 'opened', storage: 'memory' })).toEqual({ state, effects: [] });
      }),
    );
  });

  test('the ledger records each sandbox that ran, and its end', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const notes = replay(events).effects.flatMap((effect) => (effect.type === 'note' ? effect.note : []));
        const expected = events.flatMap((event) => {
          if (event.type !== 'sandbox') return [];
          if (event.report.state === 'ready') return ['sandbox-started'];
          return event.report.state === 'failed' && event.report.build ? ['sandbox-terminated'] : [];
        });
        expect(notes).toEqual(expected);
      }),
    );
  });

  test('after dispose nothing changes and nothing starts', () => {
    fc.assert(
      fc.property(sequence, sequence, (before, after) => {
        const disposed = replay([...before, { type: 'disposed' }]);
        expect(disposed.effects.at(-1)).toEqual({ type: 'stop' });
        expect(disposed.state.status).toMatchObject({
          state: 'disposed',
          sandbox: { state: 'none' },
          outbox: { armed: [] },
        });
        const later = replay([...after, { type: 'disposed' }], disposed.state);
        expect(later.effects).toEqual([]);
        expect(later.state).toBe(disposed.state);
      }),
    );
  });

  test('the status is frozen, and the same object if nothing changed', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const { state } = replay(events);
        expect(Object.isFrozen(state.status)).toBe(true);
        expect(nextGuard(state, { type: 'model', manifestDigest: BUILD, error: undefined }).state).toBe(state);
      }),
    );
  });
});

describe('a model that does not run', () => {
  const open: GuardEvent[] = [{ type: 'opened', storage: 'persistent' }, inputs(true)];
  const fails: GuardEvent = { type: 'model', manifestDigest: MANIFEST, error: BROKEN };
  const runs: GuardEvent = { type: 'model', manifestDigest: MANIFEST, error: undefined };

  test('has its error in the status, also after the inputs change, until it runs', () => {
    expect(replay([...open, fails]).state.status.models).toEqual([{ ...MODEL, error: BROKEN }]);
    expect(replay([...open, fails, inputs(true)]).state.status.models).toEqual([{ ...MODEL, error: BROKEN }]);
    expect(replay([...open, fails, runs]).state.status.models).toEqual([MODEL]);
  });
});
