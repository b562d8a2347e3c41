/** How long a case is kept, over every sequence of review, passing days, holds and configurations. */
import {
  CASE_ACTIONS,
  CASE_STATES,
  type CaseReview,
  type CaseState,
  nextReview,
  unreviewed,
} from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';
import type { Day } from '@lodestone/protocol/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CaseRetention, deletionDay, endedForUser, type KeptCase, retentionDays } from '../src/cases/keep.ts';
import { check } from '@lodestone/protocol/document';
import { DEFAULT_CONFIG, ReceiverConfig, retentionFor } from '../src/config.ts';

const RULES: CaseRetention = { undecidedDays: 90, dismissedDays: 0, overturnedDays: 14, confirmedDays: 365 };
const START = 20_000 as Day;
const USERS = ['ada', 'bo', 'cy', 'dee'].map((name) => ({ actor: name as Name, role: 'lead' as const }));

interface Kept {
  review: CaseReview;
  openedDay: Day;
  stateDay: Day;
  decidedDay: Day | null;
}

/** What the case may become by an action. */
const casesAfter = (review: CaseReview): CaseReview[] =>
  CASE_ACTIONS.filter((action) => action !== 'note').flatMap((action) =>
    USERS.flatMap((user) => {
      const after = nextReview(review, { action, ...user });
      return typeof after === 'string' ? [] : [after];
    }),
  );

/** A case after some actions, each some days after the one before; as `actOnCase` changes its row. */
const history = fc
  .tuple(fc.constantFrom('proposed', 'new'), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 40 })), { maxLength: 12 }))
  .map(([first, steps]): { kept: Kept } => {
    let kept: Kept = {
      review: unreviewed(first),
      openedDay: START,
      stateDay: START,
      decidedDay: null,
    };
    let today = START;
    for (const [choice, days] of steps) {
      const next = casesAfter(kept.review);
      const after = next[choice % next.length] ?? kept.review;
      today = (today + days) as Day;
      const row = { openedDay: kept.openedDay, decidedDay: kept.decidedDay, state: kept.review.state };
      kept = {
        review: after,
        stateDay: after.state === kept.review.state ? kept.stateDay : today,
        ...retentionDays(row, after.state, today),
      };
    }
    return { kept };
  });
const rules = fc.record({
  undecidedDays: fc.integer({ min: 1, max: 90 }),
  dismissedDays: fc.nat({ max: 30 }),
  overturnedDays: fc.nat({ max: 30 }),
  confirmedDays: fc.integer({ min: 1, max: 366 }),
});

const asCase = ({ review: { state, decision }, ...days }: Kept, isHeld = false): KeptCase => ({
  state,
  decision,
  ...days,
  isHeld,
});

describe('over every history of a case', () => {
  test('a held case is never deleted', () => {
    fc.assert(fc.property(history, rules, ({ kept }, set) => deletionDay(asCase(kept, true), set) === null));
  });

  test('every other case has a day on which it is deleted, at most a year and a day after the last change of its state', () => {
    fc.assert(
      fc.property(history, rules, ({ kept }, set) => {
        const day = deletionDay(asCase(kept), set);
        expect(day).not.toBeNull();
        expect((day ?? 0) - Math.max(kept.stateDay, kept.openedDay)).toBeLessThanOrEqual(367);
      }),
    );
  });

  test('no action but a decision, a report, a contest or another opening makes a case last longer', () => {
    const LONGER: readonly CaseState[] = ['confirmed', 'dismissed', 'reported', 'contested', 'overturned', 'new'];
    fc.assert(
      fc.property(
        history,
        rules,
        fc.constantFrom(...CASE_ACTIONS),
        fc.constantFrom(...USERS),
        (before, set, action, user) => {
          const { kept } = before;
          const after = nextReview(kept.review, { action, ...user });
          fc.pre(typeof after !== 'string' && !LONGER.includes(after.state) && kept.review.state !== 'contested');
          if (typeof after === 'string') return;
          const row = { openedDay: kept.openedDay, decidedDay: kept.decidedDay, state: kept.review.state };
          const next: Kept = {
            review: after,
            stateDay: kept.stateDay,
            ...retentionDays(row, after.state, kept.stateDay),
          };
          expect(deletionDay(asCase(next), set)).toBeLessThanOrEqual(deletionDay(asCase(kept), set) ?? 0);
        },
      ),
    );
  });

  test('by default, what is dismissed is deleted on the day of the dismissal', () => {
    fc.assert(
      fc.property(history, ({ kept }) => {
        fc.pre(kept.review.state === 'dismissed');
        expect(deletionDay(asCase(kept), RULES)).toBe(kept.stateDay);
      }),
      { numRuns: 200 },
    );
  });

  test('a decision against the user is kept from its day, or from that of its report, whatever follows', () => {
    fc.assert(
      fc.property(history, ({ kept }) => {
        const { state, decision } = kept.review;
        fc.pre(decision === 'confirm' && state !== 'overturned' && state !== 'contested');
        expect(deletionDay(asCase(kept), RULES)).toBe((kept.decidedDay ?? 0) + 366);
      }),
      { numRuns: 200 },
    );
  });

  test('what ended for the user is dismissed, or was confirmed and overturned', () => {
    fc.assert(
      fc.property(history, ({ kept: { review } }) => {
        const isForUser = review.decision === 'dismiss' && review.state !== 'overturned';
        expect(endedForUser(review)).toBe(
          isForUser || (review.state === 'overturned' && review.decision === 'confirm'),
        );
      }),
    );
  });
});

test('every state, decided either way: the day after which the case is deleted', () => {
  const day = (state: CaseState, decision: CaseReview['decision']): number | null => {
    const kept = { state, decision, openedDay: START, decidedDay: (START + 10) as Day, isHeld: false };
    return (deletionDay({ ...kept, stateDay: (START + 20) as Day }, RULES) ?? 0) - START;
  };
  expect(
    Object.fromEntries(CASE_STATES.map((state) => [state, [day(state, 'confirm'), day(state, 'dismiss')]])),
  ).toEqual({
    proposed: [91, 91],
    new: [91, 91],
    'in-review': [91, 91],
    'confirmed-once': [91, 91],
    'second-review': [91, 91],
    confirmed: [376, 10],
    reported: [376, 10],
    dismissed: [376, 10],
    contested: [376, 111],
    upheld: [376, 20],
    overturned: [35, 111],
  });
});

test('a jurisdiction replaces the days that it names, and no configuration keeps cases longer than twelve months', () => {
  const config = {
    ...DEFAULT_CONFIG,
    retention: { ...DEFAULT_CONFIG.retention, byJurisdiction: { US: { dismissedDays: 7 } } },
  };
  const read = check(ReceiverConfig, JSON.parse(JSON.stringify(config)), 'test');
  expect(retentionFor(read, 'US')).toMatchObject({ ...RULES, dismissedDays: 7 });
  for (const other of ['EU', undefined, 'toString']) expect(retentionFor(read, other)).toMatchObject(RULES);
  const withDays = (days: Partial<CaseRetention>) => ({ ...config, retention: { ...config.retention, ...days } });
  for (const days of [
    { confirmedDays: 367 },
    { dismissedDays: 31 },
    { overturnedDays: 31 },
    { undecidedDays: 91 },
    { undecidedDays: 0 },
  ]) {
    expect(() => check(ReceiverConfig, withDays(days), 'test')).toThrow();
    expect(() =>
      check(ReceiverConfig, { ...config, retention: { ...config.retention, byJurisdiction: { US: days } } }, 'test'),
    ).toThrow();
  }
});

test('days that a configuration does not state are the defaults', () => {
  const { signalDays, countDays } = DEFAULT_CONFIG.retention;
  const old = { ...DEFAULT_CONFIG, retention: { signalDays, countDays } };
  expect(retentionFor(check(ReceiverConfig, old, 'test'), undefined)).toEqual(RULES);
});
