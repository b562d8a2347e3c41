/** The delivery state machine, replayed without a browser against a storage, a receiver and a clock that may all fail. */
import { DAY_MS, LodestoneError } from '@lodestone/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type DeliveryEffect,
  type DeliveryEvent,
  type DeliveryStep,
  firstStep,
  MAX_SLEEP_MS,
  type Moment,
  next,
} from '../src/network/outbox/delivery-state.ts';
import { slotAtStart } from '../src/network/outbox/send-slot.ts';
import type { SignalItem, StoredSlot } from '../src/network/storage/records.ts';
import { LIST } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const ITEM: SignalItem = {
  lineage: 'orders a',
  reference: LIST,
  withinDays: 30,
  allows: ['surface send'],
  requires: [],
  limits: {},
};
const ITEMS = { leaving: [ITEM], kept: [ITEM] };
const BODY = { bytes: Uint8Array.of(1), day: 20_781 as never, items: [ITEM] };

/** One step of the environment: time passes, then the effect succeeds or fails. */
interface Turn {
  passedMs: number;
  fails: boolean;
  isSuperseded: boolean;
  delivers: boolean;
  hasSomething: boolean;
  hasKey: boolean;
  schedule: { slotsPerDay: number; cover: boolean } | undefined;
  random: { wait: number; gap: number };
}
const unit = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const turn = (change: { [Key in keyof Turn]?: fc.Arbitrary<Turn[Key]> } = {}): fc.Arbitrary<Turn> =>
  fc.record({
    passedMs: fc.oneof(fc.integer({ min: 0, max: 2 * MAX_SLEEP_MS }), fc.integer({ min: -DAY_MS, max: DAY_MS })),
    fails: fc.boolean(),
    isSuperseded: fc.boolean(),
    delivers: fc.boolean(),
    hasSomething: fc.boolean(),
    hasKey: fc.boolean(),
    schedule: fc.option(fc.record({ slotsPerDay: fc.constantFrom(24, 1_440, 86_400), cover: fc.boolean() }), {
      nil: undefined,
    }),
    random: fc.record({ wait: unit, gap: unit }),
    ...change,
  });
/** Nothing fails, and no other page interferes. */
const calm = { fails: fc.constant(false), isSuperseded: fc.constant(false) };
/** The same orders throughout. */
const steady = { ...calm, hasKey: fc.constant(true), schedule: fc.constant({ slotsPerDay: 86_400, cover: true }) };

interface Performed {
  effect: DeliveryEffect;
  /** When it was begun. */
  at: number;
  /** The slot in storage at that time. */
  slot: StoredSlot | undefined;
  failed: boolean;
}

const momentOf = ({ schedule, hasKey, random }: Turn, now: number): Moment => ({
  ...ITEMS,
  schedule,
  hasKey,
  random,
  now,
});

/** Replays the turns; the result lists each effect in order. */
function replay(turns: readonly Turn[], stored?: StoredSlot): Performed[] {
  const performed: Performed[] = [];
  let now = NOW;
  let slot = stored;
  let step: DeliveryStep = firstStep();
  for (const one of turns) {
    const { effect } = step;
    performed.push({ effect, at: now, slot, failed: one.fails });
    now += one.passedMs;
    const event = one.fails ? { type: 'failed' as const, cause: new Error('storage') } : answer(effect, one, slot);
    if (event.type === 'slot-stored' || event.type === 'written-down') slot = event.slot;
    step = next(Object.freeze(step.state), event, momentOf(one, now));
  }
  return performed;
}

function answer(effect: DeliveryEffect, one: Turn, slot: StoredSlot | undefined): DeliveryEvent {
  switch (effect.type) {
    case 'read-slot':
      return { type: 'slot-read', slot };
    case 'sleep':
      return { type: 'woken' };
    case 'write-down': {
      if (one.isSuperseded) return { type: 'superseded' };
      const body = effect.slot.body ?? (one.hasSomething ? BODY : undefined);
      return { type: 'written-down', slot: { ...effect.slot, ...(body && { body }) } };
    }
    case 'send': {
      const error = one.delivers ? undefined : new LodestoneError('ERR_HTTP', 'status 503');
      return { type: 'answered', slot: effect.slot, attempt: { error } };
    }
    case 'store-slot':
      return one.isSuperseded
        ? { type: 'superseded' }
        : { type: 'slot-stored', slot: effect.slot, attempt: effect.attempt };
    case 'report':
      return { type: 'reported' };
  }
}

const turns = (change?: Parameters<typeof turn>[0]): fc.Arbitrary<Turn[]> =>
  fc.array(turn(change), { minLength: 20, maxLength: 80 });
const storedSlot = fc.option(
  fc.record({
    revision: fc.constant('r'),
    next: fc.integer({ min: NOW - DAY_MS, max: NOW + DAY_MS }),
    slotsPerDay: fc.constantFrom(24, 86_400),
    cover: fc.boolean(),
    failures: fc.nat(8),
  }),
  { nil: undefined },
);
const sends = (performed: readonly Performed[]): number[] =>
  performed.flatMap(({ effect }, i) => (effect.type === 'send' ? [i] : []));

test('a request leaves only when the stored slot is due, and after its body was written down', () => {
  let sent = 0;
  fc.assert(
    fc.property(turns(calm), storedSlot, (world, stored) => {
      const performed = replay(world, stored);
      for (const i of sends(performed)) {
        sent += 1;
        const before = performed[i - 1];
        expect(before?.effect.type).toBe('write-down');
        expect(before?.at).toBeGreaterThanOrEqual(before?.slot?.next ?? Infinity);
        expect(performed[i]?.slot?.body).toBeDefined();
      }
    }),
  );
  expect(sent).toBeGreaterThan(100);
});

test('between two requests a new slot is stored, or the failure is reported and delivery pauses', () => {
  fc.assert(
    fc.property(turns({ isSuperseded: fc.constant(false) }), storedSlot, (world, stored) => {
      const performed = replay(world, stored);
      const at = sends(performed);
      for (const [n, i] of at.slice(1).entries()) {
        const between = performed.slice(at[n], i);
        expect(
          between.some(
            ({ effect, failed }) =>
              (effect.type === 'store-slot' && !failed) || (effect.type === 'sleep' && effect.failure),
          ),
        ).toBe(true);
      }
    }),
  );
});

test('a failed step is followed by a report and a pause, and a superseded one by a new reading', () => {
  fc.assert(
    fc.property(turns(), storedSlot, (world, stored) => {
      const performed = replay(world, stored);
      for (const [i, { effect, failed }] of performed.slice(0, -1).entries()) {
        const after = performed[i + 1]?.effect;
        const writes = effect.type === 'write-down' || effect.type === 'store-slot';
        if (failed) expect(after).toMatchObject({ type: 'sleep', ms: MAX_SLEEP_MS, failure: {} });
        else if (writes && world[i]?.isSuperseded) expect(after).toEqual({ type: 'read-slot' });
      }
    }),
  );
});

test('a body without an answer is sent again byte for byte before anything else', () => {
  fc.assert(
    fc.property(turns({ ...steady, delivers: fc.constant(false) }), (world) => {
      const bodies = replay(world).flatMap(({ effect }) => (effect.type === 'send' ? [effect.slot.body] : []));
      for (const body of bodies) expect(body).toBe(bodies[0]);
    }),
  );
});

test('the body leaves the slot exactly when it was delivered', () => {
  fc.assert(
    fc.property(turns(calm), storedSlot, (world, stored) => {
      const performed = replay(world, stored);
      for (const i of sends(performed).filter((one) => one + 1 < performed.length)) {
        const after = performed[i + 1]?.effect;
        if (after?.type !== 'store-slot') return expect.unreachable();
        expect(after.slot?.body === undefined).toBe(world[i]?.delivers);
        expect(after.attempt?.error?.code).toBe(world[i]?.delivers ? undefined : 'ERR_HTTP');
      }
    }),
  );
});

test('without a valid key, or without a schedule, nothing is sent', () => {
  for (const change of [{ hasKey: fc.constant(false) }, { schedule: fc.constant(undefined) }]) {
    fc.assert(
      fc.property(turns({ ...calm, ...change }), storedSlot, (world, stored) => {
        expect(sends(replay(world, stored))).toEqual([]);
      }),
    );
  }
});

test('without a valid key slots pass, and the body that waits is kept', () => {
  const slot: StoredSlot = { revision: 'r', next: NOW, slotsPerDay: 24, cover: true, failures: 0, body: BODY };
  const moment = { ...ITEMS, schedule: { slotsPerDay: 24, cover: true }, now: NOW, random: { wait: 0, gap: 0.5 } };
  const { effect } = next({ phase: 'running' }, { type: 'slot-read', slot }, { ...moment, hasKey: false });
  expect(effect).toMatchObject({ type: 'store-slot', before: slot, slot: { body: BODY } });
  expect(effect.type === 'store-slot' && effect.slot?.next).toBeGreaterThan(NOW);
});

test('after a start, slots that were missed become one later slot before anything is sent', () => {
  const missed: StoredSlot = { revision: 'r', next: NOW - DAY_MS, slotsPerDay: 24, cover: true, failures: 0 };
  const still: Turn = {
    passedMs: 0,
    fails: false,
    isSuperseded: false,
    delivers: true,
    hasSomething: true,
    hasKey: true,
    schedule: { slotsPerDay: 24, cover: true },
    random: { wait: 0, gap: 0.5 },
  };
  const later = slotAtStart(missed, NOW, still.random);
  expect(later).toBeGreaterThan(NOW);
  const effects = replay([still, still, still], missed).map(({ effect }) => effect);
  expect(effects).toMatchObject([
    { type: 'read-slot' },
    { type: 'store-slot', slot: { next: later } },
    { type: 'sleep', ms: Math.min(later - NOW, MAX_SLEEP_MS) },
  ]);
});

test('once the last order has ended, the slot is deleted', () => {
  const slot: StoredSlot = { revision: 'r', next: NOW - 1, slotsPerDay: 24, cover: true, failures: 0, body: BODY };
  const moment = { leaving: [], kept: [], schedule: undefined, now: NOW, hasKey: true, random: { wait: 0, gap: 0.5 } };
  const ended = next({ phase: 'running' }, { type: 'slot-read', slot }, moment);
  expect(ended.effect).toEqual({ type: 'store-slot', before: slot, slot: undefined });
});

test('every event in every state has an effect, and only a body that was written down is sent', () => {
  const state = fc.record({ phase: fc.constantFrom('starting' as const, 'running' as const) });
  const event = fc.oneof(
    fc.constantFrom<DeliveryEvent>(
      { type: 'woken' },
      { type: 'superseded' },
      { type: 'reported' },
      { type: 'failed', cause: new Error('storage') },
    ),
    storedSlot.map((slot): DeliveryEvent => ({ type: 'slot-read', slot })),
    storedSlot.map((slot): DeliveryEvent => ({ type: 'slot-stored', slot })),
  );
  fc.assert(
    fc.property(state, event, turn(), (from, what, one) => {
      const { effect } = next(from, what, momentOf(one, NOW));
      if (effect.type === 'sleep') expect(effect.ms).toBeLessThanOrEqual(MAX_SLEEP_MS);
      expect(effect.type).not.toBe('send');
    }),
  );
});
