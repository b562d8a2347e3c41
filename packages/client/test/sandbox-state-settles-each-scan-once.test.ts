/** The sandbox's state machine, by replayed event sequences. Spec: docs/design/sandbox.md#deadlines */
import { type Digest, type ErrorCode, LodestoneError } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BOOT_PAUSE_MS,
  nextSandbox,
  NO_SANDBOX,
  type SandboxEffect,
  type SandboxMachineEvent,
  type SandboxState,
} from '../src/content/sandbox-state.ts';

const NOW = Date.UTC(2026, 10, 24);
const BUILD = 'b'.repeat(64) as Digest;
const error = (code: ErrorCode) => new LodestoneError(code, code);

interface Replay {
  states: SandboxState[];
  effects: SandboxEffect[];
}

function replay(events: readonly SandboxMachineEvent[]): Replay {
  const seen: Replay = { states: [NO_SANDBOX], effects: [] };
  for (const event of events) {
    const { state, effects } = nextSandbox(seen.states.at(-1) ?? NO_SANDBOX, event, NOW);
    seen.states.push(state);
    seen.effects.push(...effects);
  }
  return seen;
}
const count = (effects: readonly SandboxEffect[], type: SandboxEffect['type']): number =>
  effects.filter((effect) => effect.type === type).length;
const answersOf = (effects: readonly SandboxEffect[], id: number): SandboxEffect[] =>
  effects.filter((effect) => (effect.type === 'resolve' || effect.type === 'reject') && effect.id === id);

const MOST_REQUESTS = 6;
const id = fc.nat(MOST_REQUESTS - 1);
const failure = fc.constantFrom(
  error('ERR_SANDBOX_GONE'),
  error('ERR_SANDBOX_POLICY'),
  error('ERR_SANDBOX_VERSION'),
  error('ERR_SANDBOX_BOOT'),
  error('ERR_SANDBOX_DEADLINE'),
  error('ERR_TRUST_MISSING'),
);
/** Also events that the runner would not send in this order: a late answer, a second end, an unknown id. */
const anyEvent: fc.Arbitrary<SandboxMachineEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<SandboxMachineEvent>({ type: 'started', build: BUILD }) },
  { weight: 2, arbitrary: fc.constant<SandboxMachineEvent>({ type: 'alive' }) },
  failure.map((why): SandboxMachineEvent => ({ type: 'not-started', error: why })),
  failure.map((why): SandboxMachineEvent => ({ type: 'silent', error: why })),
  failure.map((why): SandboxMachineEvent => ({ type: 'gone', error: why })),
  id.map((of): SandboxMachineEvent => ({ type: 'done', id: of })),
  fc
    .record({ of: id, why: failure })
    .map(({ of, why }): SandboxMachineEvent => ({ type: 'failed', id: of, error: why })),
);
/** Each id is requested at most once, in rising order, at any place of the sequence. */
const sequence: fc.Arbitrary<SandboxMachineEvent[]> = fc
  .tuple(fc.array(anyEvent, { maxLength: 30 }), fc.array(fc.nat(30), { maxLength: MOST_REQUESTS }))
  .map(([events, places]) => {
    const all = [...events];
    for (const [of, place] of [...places].sort((a, b) => a - b).entries())
      all.splice(Math.min(place + of, all.length), 0, { type: 'requested', id: of });
    return all;
  });
const requestsOf = (events: readonly SandboxMachineEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'requested' ? event.id : []));

const FOLLOWS = { none: ['starting'], starting: ['ready', 'failed'], ready: ['failed'], failed: ['starting'] } as const;

describe('after any sequence of events', () => {
  test('no request is answered twice, and dispose answers those that are left', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const { effects } = replay([...events, { type: 'disposed' }]);
        for (const of of requestsOf(events)) expect(answersOf(effects, of)).toHaveLength(1);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a request starts at most one sandbox', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        const { effects } = replay(events);
        expect(count(effects, 'start')).toBeLessThanOrEqual(requestsOf(events).length);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a request runs only in a sandbox that runs, and at most once', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        let state = NO_SANDBOX;
        const ran: number[] = [];
        for (const event of events) {
          const step = nextSandbox(state, event, NOW);
          for (const effect of step.effects) {
            if (effect.type !== 'run') continue;
            expect(step.state.phase).toBe('running');
            ran.push(effect.id);
          }
          state = step.state;
        }
        expect(new Set(ran).size).toBe(ran.length);
      }),
      { numRuns: 2_000 },
    );
  });

  test('at most one sandbox exists: the next one starts only after the end of the last is reported', () => {
    fc.assert(
      fc.property(sequence, (events) => {
        let last: keyof typeof FOLLOWS = 'none';
        for (const effect of replay(events).effects) {
          if (effect.type !== 'report') continue;
          expect(FOLLOWS[last]).toContain(effect.report.state);
          last = effect.report.state;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a refusal by the page’s policy is not retried if no sandbox has run', () => {
    fc.assert(
      fc.property(sequence, sequence, (before, after) => {
        const first = replay(before);
        const state = first.states.at(-1) ?? NO_SANDBOX;
        fc.pre(state.phase === 'starting' && !state.hasRun);
        const forbidden = nextSandbox(state, { type: 'not-started', error: error('ERR_SANDBOX_POLICY') }, NOW);
        let current = forbidden.state;
        for (const event of after) {
          const step = nextSandbox(current, event, NOW);
          expect(step.effects.filter(({ type }) => type !== 'reject')).toEqual([]);
          if (event.type === 'requested')
            expect(step.effects).toEqual([
              { type: 'reject', id: event.id, error: expect.objectContaining({ code: 'ERR_SANDBOX_POLICY' }) },
            ]);
          current = step.state;
        }
      }),
    );
  });

  test('after dispose nothing starts, runs or is reported', () => {
    fc.assert(
      fc.property(sequence, sequence, (before, after) => {
        const state = replay([...before, { type: 'disposed' }]).states.at(-1) ?? NO_SANDBOX;
        let current = state;
        for (const event of after) {
          const step = nextSandbox(current, event, NOW);
          for (const effect of step.effects) expect(effect.type).toBe('reject');
          current = step.state;
        }
        expect(current).toEqual({ phase: 'disposed' });
      }),
    );
  });
});

test('dispose terminates a sandbox that runs, and only that', () => {
  fc.assert(
    fc.property(sequence, (events) => {
      const state = replay(events).states.at(-1) ?? NO_SANDBOX;
      const { effects } = nextSandbox(state, { type: 'disposed' }, NOW);
      expect(count(effects, 'terminate')).toBe(state.phase === 'running' ? 1 : 0);
    }),
  );
});

describe('a request', () => {
  const running: SandboxMachineEvent[] = [
    { type: 'requested', id: 0 },
    { type: 'started', build: BUILD },
    { type: 'done', id: 0 },
  ];

  test('waits until an idle sandbox has shown that it answers', () => {
    expect(replay([...running, { type: 'requested', id: 1 }]).effects.at(-1)).toEqual({ type: 'ping' });
    const { effects } = replay([...running, { type: 'requested', id: 1 }, { type: 'alive' }]);
    expect(effects.at(-1)).toEqual({ type: 'run', id: 1 });
    expect(count(effects, 'start')).toBe(1);
  });

  test('that comes while another one waits for the answer does not ask again', () => {
    const { effects } = replay([...running, { type: 'requested', id: 1 }, { type: 'requested', id: 2 }]);
    expect(count(effects, 'ping')).toBe(1);
  });

  test('that was answered before changes nothing when it fails late', () => {
    const state = replay(running).states.at(-1) ?? NO_SANDBOX;
    const late = nextSandbox(state, { type: 'failed', id: 0, error: error('ERR_SANDBOX_DEADLINE') }, NOW);
    expect(late).toEqual({ state, effects: [] });
  });

  test('gets a new sandbox if the idle one is silent or goes', () => {
    for (const type of ['silent', 'gone'] as const) {
      const { effects } = replay([
        ...running,
        { type: 'requested', id: 1 },
        { type, error: error('ERR_SANDBOX_GONE') },
        { type: 'started', build: BUILD },
      ]);
      expect(answersOf(effects, 1)).toEqual([]);
      expect(effects.at(-1)).toEqual({ type: 'run', id: 1 });
      expect(count(effects, 'start')).toBe(2);
    }
  });

  test('gets a new sandbox where one has run, also after one that was as silent as one that the page’s policy blocks', () => {
    const { effects } = replay([
      ...running,
      { type: 'gone', error: error('ERR_SANDBOX_GONE') },
      { type: 'requested', id: 1 },
      { type: 'not-started', error: error('ERR_SANDBOX_POLICY') },
      { type: 'requested', id: 2 },
      { type: 'started', build: BUILD },
    ]);
    expect(answersOf(effects, 1)).toHaveLength(1);
    expect(effects.at(-1)).toEqual({ type: 'run', id: 2 });
  });

  test('that fails ends its sandbox, unless a list is no longer in force', () => {
    const begun: SandboxMachineEvent[] = [...running, { type: 'requested', id: 1 }, { type: 'alive' }];
    const late = replay([...begun, { type: 'failed', id: 1, error: error('ERR_SANDBOX_DEADLINE') }]);
    expect(late.states.at(-1)).toEqual({ phase: 'none', hasRun: true });
    expect(count(late.effects, 'terminate')).toBe(1);
    const missing = replay([...begun, { type: 'failed', id: 1, error: error('ERR_TRUST_MISSING') }]);
    expect(missing.states.at(-1)).toMatchObject({ phase: 'running', active: [] });
    expect(count(missing.effects, 'terminate')).toBe(0);
    expect(answersOf(missing.effects, 1)).toHaveLength(1);
  });
});

describe('a sandbox that could not be started', () => {
  const failedBy = (code: ErrorCode): SandboxState =>
    nextSandbox({ phase: 'starting', hasRun: false, waiting: [0] }, { type: 'not-started', error: error(code) }, NOW)
      .state;
  const requestAt = (state: SandboxState, now: number) =>
    nextSandbox(state, { type: 'requested', id: 1 }, now).effects.map(({ type }) => type);

  test('is not tried again for half a minute: each check would wait for it as long as for the first', () => {
    const state = failedBy('ERR_SANDBOX_BOOT');
    expect(requestAt(state, NOW)).toEqual(['reject']);
    expect(requestAt(state, NOW + BOOT_PAUSE_MS - 1)).toEqual(['reject']);
    expect(requestAt(state, NOW + BOOT_PAUSE_MS)).toEqual(['report', 'start']);
    expect(requestAt(state, NOW - 60_000)).toEqual(['report', 'start']); // the clock was set back
  });

  test('is tried again at once where one has run, because the machine may have been too busy', () => {
    const state: SandboxState = { phase: 'starting', hasRun: true, waiting: [0] };
    const after = nextSandbox(state, { type: 'not-started', error: error('ERR_SANDBOX_BOOT') }, NOW).state;
    expect(requestAt(after, NOW)).toEqual(['report', 'start']);
  });

  test.each(['ERR_SANDBOX_VERSION', 'ERR_SANDBOX_POLICY'] as const)('is never tried again after %s', (code) => {
    expect(requestAt(failedBy(code), NOW + 1_000 * BOOT_PAUSE_MS)).toEqual(['reject']);
  });
});
