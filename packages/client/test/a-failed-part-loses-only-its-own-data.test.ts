/** The state of a lazy part, replayed event by event without a browser. Spec: docs/design/sandbox.md#lazy-parts */
import { PART_FAULTS, type PartFault } from '@lodestone/protocol';
import { digestOf } from '@lodestone/testkit/digests';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canWarm,
  INITIAL,
  next,
  nextToLoad,
  type PartEvent,
  type PartKey,
  type PartState,
} from '../src/content/lazy-part-state.ts';
import { modelError } from '../src/content/model-error.ts';

const [A, B] = [digestOf('a'), digestOf('b')];
const [FIRST, SECOND] = [{ name: 'first sandbox' }, { name: 'second sandbox' }];
const NONE: ReadonlySet<PartKey> = new Set();
const NOW = 1_000_000;

const replay = (events: readonly PartEvent[], from: PartState = INITIAL, now = NOW): PartState =>
  events.reduce((state, event) => next(state, event, now), from);

const RUNNING: readonly PartEvent[] = [
  { type: 'used', sandbox: FIRST },
  { type: 'loading', key: A },
  { type: 'started', sandbox: FIRST },
  { type: 'loaded', key: A },
  { type: 'loading', key: B },
  { type: 'loaded', key: B },
];

describe('what is loaded next', () => {
  test('is the first needed item that is not loaded', () => {
    expect(nextToLoad(INITIAL, [A, B], NONE, NOW)).toBe(A);
    expect(nextToLoad(replay(RUNNING.slice(0, 4)), [A, B], NONE, NOW)).toBe(B);
    expect(nextToLoad(replay(RUNNING), [A, B], NONE, NOW)).toBeUndefined();
  });

  test('is never an item that was tried for the same content', () => {
    expect(nextToLoad(INITIAL, [A, B], new Set([A]), NOW)).toBe(B);
  });

  test.each<[PartFault, number]>([
    ['digest', Infinity],
    ['data', Infinity],
    ['runtime', 60_000],
    ['ended', 0],
  ])('after the fault %s, is the same item again after %d ms', (fault, ms) => {
    const state = replay([{ type: 'failed', key: A, fault }]);
    if (ms > 0) expect(nextToLoad(state, [A], NONE, NOW + Math.min(ms, 1e12) - 1)).toBeUndefined();
    expect(nextToLoad(state, [A], NONE, NOW + ms)).toBe(A);
  });
});

describe('a fault', () => {
  test('of the data leaves the part and its other data', () => {
    const { sandbox, loaded } = replay([...RUNNING.slice(0, 5), { type: 'failed', key: B, fault: 'data' }]);
    expect([sandbox, [...loaded]]).toEqual([FIRST, [A]]);
  });

  test.each(PART_FAULTS.filter((fault) => fault !== 'data'))('%s loses the part with all its data', (fault) => {
    const state = replay([...RUNNING, { type: 'failed', key: B, fault }]);
    expect([state.sandbox, state.loaded.size]).toEqual([undefined, 0]);
    expect(nextToLoad(state, [A, B], NONE, NOW)).toBe(A);
  });
});

test('another sandbox begins without the part; the same one keeps it', () => {
  expect(replay([...RUNNING, { type: 'used', sandbox: FIRST }]).loaded.size).toBe(2);
  expect(replay([...RUNNING, { type: 'used', sandbox: SECOND }]).loaded.size).toBe(0);
});

test('warming loads what is neither loaded nor failed before', () => {
  expect(canWarm(INITIAL, A, FIRST)).toBe(true);
  expect(canWarm(replay(RUNNING), A, FIRST)).toBe(false);
  expect(canWarm(replay(RUNNING), A, SECOND)).toBe(true);
  expect(canWarm(replay([{ type: 'failed', key: A, fault: 'ended' }]), A, FIRST)).toBe(false);
});

test('after any events, nothing is loaded without a sandbox, and the number of uses never falls', () => {
  const key = fc.constantFrom<PartKey>(A, B, 'code');
  const sandbox = fc.constantFrom(FIRST, SECOND);
  const load = fc.tuple(sandbox, key).map(([of, loaded]): PartEvent[] => [
    { type: 'used', sandbox: of },
    { type: 'loading', key: loaded },
    { type: 'started', sandbox: of },
    { type: 'loaded', key: loaded },
  ]);
  const other = fc.oneof(
    fc.record({ type: fc.constant('used' as const), sandbox }),
    fc.record({ type: fc.constant('failed' as const), key, fault: fc.constantFrom(...PART_FAULTS) }),
    fc.constant<PartEvent>({ type: 'ended' }),
  );
  const events = fc
    .array(
      fc.oneof(
        load,
        other.map((event): PartEvent[] => [event]),
      ),
    )
    .map((steps) => steps.flat());
  fc.assert(
    fc.property(events, (all) => {
      let state = INITIAL;
      for (const event of all) {
        const after = next(state, event, NOW);
        expect(after.uses).toBeGreaterThanOrEqual(state.uses);
        state = after;
        if (!state.sandbox) expect(state.loaded.size).toBe(0);
      }
    }),
  );
});

test.each([...PART_FAULTS, 'unreadable'] as const)('the error for %s names the model', (fault) => {
  const cause = new Error('storage');
  expect(modelError(A, { fault, cause })).toMatchObject({
    code: 'ERR_MODEL',
    message: expect.stringContaining(A),
    cause,
  });
});
