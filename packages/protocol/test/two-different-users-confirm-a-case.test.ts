/** The review of a case: which actions each state and role allows, and what no sequence of actions can reach. */
import {
  ACTOR_ROLES,
  CASE_ACTIONS,
  CASE_STATES,
  type CaseAction,
  type CaseReview,
  type CaseState,
  type CaseStep,
  nextReview,
  openedByEvidence,
  REFUSALS,
  replay,
  unreviewed,
} from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** Three users of each role: enough for two confirmations and a judge of a contest. The receiver itself acts as one. */
const USERS = ACTOR_ROLES.flatMap((role) => [1, 2, 3].map((no) => ({ actor: `${role}-${no}` as Name, role })));
const step = fc
  .tuple(fc.constantFrom(...CASE_ACTIONS), fc.constantFrom(...USERS))
  .map(([action, user]): CaseStep => ({ action, ...user }));
const start = fc.constantFrom('proposed', 'new').map(unreviewed);

/** They change no case. */
const REMARKS: readonly CaseAction[] = ['note', 'mark', 'tell', 'erase', 'expire'];

interface Taken {
  step: CaseStep;
  before: CaseReview;
  after: CaseReview;
}

/** Those of the steps that the rules allow, in order. Between them, an exact match may arrive. */
function play(from: CaseReview, steps: readonly CaseStep[]): Taken[] {
  const taken: Taken[] = [];
  let before = from;
  for (const each of steps) {
    const after = nextReview(before, each);
    if (typeof after === 'string') {
      expect(Object.keys(REFUSALS)).toContain(after);
      continue;
    }
    taken.push({ step: each, before, after });
    before = after;
  }
  return taken;
}

/** Every case that some sequence of actions reaches, by its form. */
function reachable(): CaseReview[] {
  const found = new Map<string, CaseReview>();
  const open = [unreviewed('proposed'), unreviewed('new')];
  for (let review = open.pop(); review; review = open.pop()) {
    const key = JSON.stringify(review);
    if (found.has(key)) continue;
    found.set(key, review);
    for (const action of CASE_ACTIONS)
      for (const user of USERS.filter(({ role }) => role === 'reviewer' || role === 'lead' || role === 'service')) {
        const next = nextReview(review, { action, ...user });
        if (typeof next !== 'string') open.push(next);
      }
  }
  return [...found.values()];
}

describe('over every reachable case, each action, and users of each role', () => {
  const reviews = reachable();
  const allowed = new Map<string, Set<string>>();
  for (const review of reviews)
    for (const action of CASE_ACTIONS)
      for (const user of USERS) {
        const next = nextReview(review, { action, ...user });
        if (typeof next === 'string' || REMARKS.includes(action)) continue;
        const key = `${review.state} ${action} → ${next.state}`;
        allowed.set(key, (allowed.get(key) ?? new Set()).add(user.role));
      }

  test('every state is reached', () => {
    expect(new Set(reviews.map(({ state }) => state))).toEqual(new Set(CASE_STATES));
  });

  test('these transitions are allowed, to these roles, and no others', () => {
    const both = ['lead', 'reviewer'];
    expect(Object.fromEntries([...allowed].map(([key, roles]) => [key, [...roles].sort()]))).toEqual({
      'proposed open → new': ['lead'],
      'new take → in-review': both,
      'in-review release → new': both,
      'in-review confirm → confirmed-once': both,
      'in-review dismiss → dismissed': both,
      'confirmed-once take → second-review': both,
      'second-review release → confirmed-once': both,
      'second-review confirm → confirmed': both,
      'second-review dismiss → dismissed': both,
      'confirmed report → reported': ['lead'],
      'confirmed contest → contested': [...both, 'service'],
      'reported contest → contested': [...both, 'service'],
      'dismissed contest → contested': both,
      'contested uphold → upheld': both,
      'contested overturn → overturned': both,
      'upheld report → reported': ['lead'],
      'overturned open → new': ['lead'],
    });
  });

  test('an auditor and an administrator can do nothing, not even a note', () => {
    const steps = CASE_ACTIONS.flatMap((action) =>
      (['auditor', 'administrator'] as const).map((role) => ({ action, actor: `${role}-1` as Name, role })),
    );
    expect(new Set(reviews.flatMap((review) => steps.map((each) => nextReview(review, each))))).toEqual(
      new Set(['role']),
    );
  });

  test('a case has a holder exactly while it is reviewed, and at most one', () => {
    for (const { state, holder } of reviews)
      expect(holder !== null, state).toBe(state === 'in-review' || state === 'second-review');
  });

  test('only the holder decides; nobody takes a case that is held', () => {
    for (const review of reviews.filter(({ holder }) => holder !== null))
      for (const user of USERS.filter(({ actor }) => actor !== review.holder)) {
        for (const action of ['confirm', 'dismiss', 'take'] as const)
          expect(typeof nextReview(review, { action, ...user })).toBe('string');
        const released = nextReview(review, { action: 'release', ...user });
        expect(typeof released === 'string').toBe(user.role !== 'lead');
      }
  });

  test.each([
    ['note', 'reviewer'],
    ['mark', 'service'],
    ['tell', 'service'],
    ['erase', 'service'],
    ['expire', 'service'],
  ] as const)('%s changes nothing, and %s may do it in each state', (action, role) => {
    for (const review of reviews) {
      expect(nextReview(review, { action, actor: `${role}-1` as Name, role })).toEqual(review);
      for (const user of USERS.filter((each) => (each.role === 'service') !== (role === 'service')))
        expect(nextReview(review, { action, ...user })).toBe('role');
    }
  });

  test('the receiver does not question a decision for the user, and decides nothing', () => {
    const service = { actor: 'service-1' as Name, role: 'service' as const };
    for (const review of reviews) {
      if (review.state === 'dismissed')
        expect(nextReview(review, { action: 'contest', ...service })).toBe('for-the-user');
      for (const action of CASE_ACTIONS.filter((each) => each !== 'contest' && !REMARKS.includes(each)))
        expect(nextReview(review, { action, ...service })).toBe('role');
    }
  });

  test('an exact match opens a proposed case, and changes no other', () => {
    for (const review of reviews)
      expect(openedByEvidence(review)).toEqual(review.state === 'proposed' ? { ...review, state: 'new' } : review);
  });
});

describe('in every sequence of actions', () => {
  const since = (taken: readonly Taken[], actions: readonly CaseAction[]): Name[] => {
    const opened = taken.findLastIndex(({ step: { action } }) => action === 'open');
    return taken
      .slice(Math.max(opened, 0))
      .filter(({ step: { action } }) => actions.includes(action))
      .map(({ step: { actor } }) => actor);
  };
  const always = (holds: (taken: readonly Taken[], last: Taken) => void): void =>
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 60 }), (from, steps) => {
        const taken = play(from, steps);
        for (const [i, last] of taken.entries()) holds(taken.slice(0, i + 1), last);
      }),
      { numRuns: 300 },
    );
  const enters = ({ before, after }: Taken, state: CaseState): boolean =>
    after.state === state && before.state !== state;

  test('two different users confirmed a case that becomes confirmed', () => {
    always((taken, last) => {
      if (enters(last, 'confirmed')) expect(new Set(since(taken, ['confirm'])).size).toBe(2);
    });
  });

  test('a case that is reported was confirmed, and is reported once', () => {
    always((taken, last) => {
      if (!enters(last, 'reported')) return;
      expect(last.before.decision).toBe('confirm');
      expect(since(taken, ['report']).length).toBe(1);
    });
  });

  test('who judges a contest took no part in the decision', () => {
    always((taken, { step: { action, actor } }) => {
      if (action === 'uphold' || action === 'overturn')
        expect(since(taken, ['open', 'confirm', 'dismiss', 'report'])).not.toContain(actor);
    });
  });

  test('the recorded actions replay to the same case; without one of them there is a gap or a refusal', () => {
    fc.assert(
      fc.property(start, fc.array(step, { minLength: 10, maxLength: 60 }), fc.nat(), (from, steps, at) => {
        const recorded = play(from, steps).map(({ step: each, before, after }) => ({
          ...each,
          before: before.state,
          after: after.state,
        }));
        const replayed = (all: typeof recorded): ReturnType<typeof replay> | undefined => {
          let review: CaseReview | undefined;
          for (const each of all) {
            const next = replay(review, each);
            if (typeof next === 'string') return next;
            review = next;
          }
          return review;
        };
        expect(replayed(recorded)).toEqual(play(from, steps).at(-1)?.after);
        const missing = at % Math.max(recorded.length - 1, 1);
        const { before, after } = recorded[missing] ?? { before: 'new', after: 'new' };
        // Nothing follows from a missing note, from the first opening by a lead, or from a missing last action.
        if (recorded.length < 2 || before === after || before === 'proposed') return;
        expect(typeof replayed(recorded.toSpliced(missing, 1))).toBe('string');
      }),
    );
  });
});
