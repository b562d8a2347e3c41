/** The outbox's state machine, replayed without a browser: no match is lost, and `waiting` counts queued and unsealed ones. */
import { LodestoneError } from '@lodestone/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Match } from '../src/match.ts';
import {
  INITIAL,
  next,
  type OutboxEffect,
  type OutboxEvent,
  type OutboxState,
  outboxStatus,
  RETRY_MS,
} from '../src/network/outbox/state.ts';

const NO_KEY = new LodestoneError('ERR_KEYS', 'test');

/** A storage that accepts or refuses matches, and the runner's part: a timer, and at most one retry. */
class World {
  state: OutboxState = INITIAL;
  readonly taken = new Set<Match>();
  readonly stored = new Set<Match>();
  /** Queued signals in storage. */
  queued = 0;
  retries: (readonly Match[])[] = [];
  isTimerSet = false;

  dispatch(event: OutboxEvent): readonly OutboxEffect[] {
    const { state, effects } = next(Object.freeze(this.state), event);
    this.state = state;
    for (const effect of effects) {
      this.isTimerSet = effect.type === 'schedule-retry';
      if (effect.type === 'retry') this.retries.push(effect.matches);
    }
    return effects;
  }
  keep(match: Match, succeeds: boolean): void {
    this.taken.add(match);
    if (!succeeds) return void this.dispatch({ type: 'match-failed', match, error: NO_KEY });
    this.stored.add(match);
    this.queued += 1;
    this.dispatch({ type: 'match-stored', match, queued: this.queued });
  }
  endRetry(succeeds: boolean): void {
    for (const match of this.retries[0] ?? []) this.keep(match, succeeds);
    if (this.retries.shift()) this.dispatch({ type: 'retry-ended' });
  }
}

type Act = 'take-stored' | 'take-failed' | 'wake' | 'timer' | 'retry-succeeds' | 'retry-fails' | 'sent' | 'subject-ids';
const acts = fc.array(
  fc.constantFrom<Act>(
    'take-stored',
    'take-failed',
    'wake',
    'timer',
    'retry-succeeds',
    'retry-fails',
    'sent',
    'subject-ids',
  ),
  { maxLength: 60 },
);

function perform(world: World, act: Act): void {
  switch (act) {
    case 'take-stored':
    case 'take-failed':
      return world.keep({ entry: world.taken.size } as Match, act === 'take-stored');
    case 'wake':
      return void world.dispatch({ type: 'retry-requested' });
    case 'timer':
      if (!world.isTimerSet) return;
      world.isTimerSet = false;
      return void world.dispatch({ type: 'retry-requested' });
    case 'retry-succeeds':
    case 'retry-fails':
      return world.endRetry(act === 'retry-succeeds');
    case 'sent':
      world.queued = Math.max(world.queued - 1, 0);
      return void world.dispatch({ type: 'delivery-attempted', queued: world.queued, error: undefined });
    case 'subject-ids':
      return void world.dispatch({ type: 'subject-ids-changed', error: undefined });
  }
}
const holdsAfterEachAct = (check: (world: World) => void): void =>
  fc.assert(
    fc.property(acts, (sequence) => {
      const world = new World();
      for (const act of sequence) {
        perform(world, act);
        check(world);
      }
    }),
  );

test('every match that was taken is stored or waits', () => {
  holdsAfterEachAct(({ state, taken, stored }) => {
    for (const match of taken) expect(stored.has(match) !== state.unsealed.includes(match)).toBe(true);
    expect(new Set(state.unsealed).size).toBe(state.unsealed.length);
  });
});

test('waiting is the number of queued signals in storage plus the number of unsealed matches', () => {
  holdsAfterEachAct(({ state, taken, stored, queued }) => {
    expect(outboxStatus(state).waiting).toBe(queued + (taken.size - stored.size));
  });
});

test('at most one retry runs, with all matches that waited when it began', () => {
  holdsAfterEachAct(({ retries, state }) => {
    expect(retries.length).toBeLessThanOrEqual(1);
    expect(state.retry.startsWith('running')).toBe(retries.length === 1);
    expect(retries[0]?.length).not.toBe(0);
  });
});

test('while a match waits, a retry runs or is scheduled', () => {
  holdsAfterEachAct(({ state, retries, isTimerSet }) => {
    if (state.unsealed.length > 0) expect(retries.length === 1 || isTimerSet).toBe(true);
  });
});

test('a retry that stores everything clears the error; one that does not is repeated after 5 s', () => {
  const world = new World();
  world.keep({ entry: 1 } as Match, false);
  expect(outboxStatus(world.state)).toEqual({ waiting: 1, error: NO_KEY });
  perform(world, 'timer');
  perform(world, 'retry-fails');
  expect(world.isTimerSet).toBe(true);
  perform(world, 'timer');
  perform(world, 'retry-succeeds');
  expect(outboxStatus(world.state)).toEqual({ waiting: 1 });
  expect(RETRY_MS).toBe(5_000);
});

test('a retry that was requested while one ran follows it immediately', () => {
  const world = new World();
  world.keep({ entry: 1 } as Match, false);
  perform(world, 'wake');
  perform(world, 'wake');
  perform(world, 'retry-fails');
  expect(world.retries).toHaveLength(1);
});
