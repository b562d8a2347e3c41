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
  next,
} from '../src/network/outbox/delivery-state.ts';
import { slotAtStart } from '../src/network/outbox/send-slot.ts';
import type { StoredSignal, StoredSlot } from '../src/network/storage/records.ts';

const NOW = Date.UTC(2026, 10, 24);

/** One step of the environment: time passes, then the effect succeeds or fails. */
interface Turn {
  passedMs: number;
  fails: boolean;
  delivers: boolean;
  queued: number;
  schedule: { slotsPerDay: number; cover: boolean } | undefined;
  random: { wait: number; gap: number };
}
const unit = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const turn = (change: { [Key in keyof Turn]?: fc.Arbitrary<Turn[Key]> } = {}): fc.Arbitrary<Turn> =>
  fc.record({
    passedMs: fc.oneof(fc.integer({ min: 0, max: 2 * MAX_SLEEP_MS }), fc.integer({ min: -DAY_MS, max: DAY_MS })),
    fails: fc.boolean(),
    delivers: fc.boolean(),
    queued: fc.nat(3),
    schedule: fc.option(fc.record({ slotsPerDay: fc.constantFrom(24, 1_440, 86_400), cover: fc.boolean() }), {
      nil: undefined,
    }),
    random: fc.record({ wait: unit, gap: unit }),
    ...change,
  });

interface Performed {
  effect: DeliveryEffect;
  /** When it was begun. */
  at: number;
  /** The slot in storage at that time. */
  slot: StoredSlot | undefined;
  failed: boolean;
}

/** Replays the turns; `performed` lists each effect in order. */
function replay(turns: readonly Turn[], stored?: StoredSlot): Performed[] {
  const performed: Performed[] = [];
  let now = NOW;
  let slot = stored;
  let step: DeliveryStep = firstStep();
  for (const one of turns) {
    const { effect } = step;
    performed.push({ effect, at: now, slot, failed: one.fails });
    now += one.passedMs;
    if (effect.type === 'store-slot' && !one.fails) slot = effect.slot;
    const event = one.fails ? { type: 'failed' as const, cause: new Error('storage') } : answer(effect, one, slot);
    step = next(Object.freeze(step.state), event, { now, schedule: one.schedule, random: one.random });
  }
  return performed;
}

function answer(effect: DeliveryEffect, { queued, delivers }: Turn, slot: StoredSlot | undefined): DeliveryEvent {
  switch (effect.type) {
    case 'read-slot':
      return { type: 'slot-read', slot };
    case 'sleep':
      return { type: 'woken' };
    case 'read-queue':
      return { type: 'queue-read', queued: Array.from({ length: queued }, (_, i) => signal(i + 1)) };
    case 'send':
      return {
        type: 'attempted',
        sent: bodySent(effect),
        ...(!delivers && { error: new LodestoneError('ERR_HTTP', 'status 503') }),
      };
    case 'store-slot':
      return { type: 'slot-stored', slot: effect.slot, attempt: effect.attempt };
    case 'report':
      return { type: 'reported' };
  }
}

function bodySent({ departure }: Extract<DeliveryEffect, { type: 'send' }>): NonNullable<StoredSlot['retry']> {
  if (departure.kind === 'signal') return { body: departure.signal.body, seq: departure.signal.seq };
  if (departure.kind === 'cover') return { body: Uint8Array.of(0) };
  return { body: departure.body, ...(departure.seq !== undefined && { seq: departure.seq }) };
}

function signal(seq: number): StoredSignal {
  return { seq, state: 'queued', window: 'w', orderDigest: '' as never, body: Uint8Array.of(seq), lastDay: 1 };
}

const turns = (change?: Parameters<typeof turn>[0]): fc.Arbitrary<Turn[]> =>
  fc.array(turn(change), { minLength: 20, maxLength: 80 });
const storedSlot = fc.option(
  fc.record({
    next: fc.integer({ min: NOW - DAY_MS, max: NOW + DAY_MS }),
    slotsPerDay: fc.constantFrom(24, 86_400),
    cover: fc.boolean(),
    failures: fc.nat(8),
  }),
  { nil: undefined },
);
const sends = (performed: readonly Performed[]): number[] =>
  performed.flatMap(({ effect }, i) => (effect.type === 'send' ? [i] : []));

test('a request leaves only when the stored slot is due', () => {
  let sent = 0;
  fc.assert(
    fc.property(turns({ fails: fc.constant(false) }), storedSlot, (world, stored) => {
      const performed = replay(world, stored);
      for (const i of sends(performed)) {
        sent += 1;
        const before = performed[i - 1];
        expect(before?.effect.type).toBe('read-queue');
        expect(before?.at).toBeGreaterThanOrEqual(before?.slot?.next ?? Infinity);
      }
    }),
  );
  expect(sent).toBeGreaterThan(100);
});

test('between two requests a new slot is stored, or the failure is reported and delivery pauses', () => {
  fc.assert(
    fc.property(turns(), storedSlot, (world, stored) => {
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

test('a failed step is followed by a report and a pause', () => {
  fc.assert(
    fc.property(turns(), storedSlot, (world, stored) => {
      const performed = replay(world, stored);
      for (const [i, { failed }] of performed.slice(0, -1).entries()) {
        if (!failed) continue;
        expect(performed[i + 1]?.effect).toMatchObject({ type: 'sleep', ms: MAX_SLEEP_MS, failure: {} });
      }
    }),
  );
});

test('a failed body is sent again byte for byte before anything else', () => {
  fc.assert(
    fc.property(turns({ fails: fc.constant(false), delivers: fc.constant(false) }), storedSlot, (world, stored) => {
      const bodies = replay(world, stored).flatMap(({ effect }) => (effect.type === 'send' ? [bodySent(effect)] : []));
      for (const body of bodies) expect(body).toEqual(bodies[0]);
    }),
  );
});

test('a signal is deleted exactly when its body was delivered', () => {
  fc.assert(
    fc.property(turns({ fails: fc.constant(false) }), storedSlot, (world, stored) => {
      const performed = replay(world, stored);
      for (const i of sends(performed).filter((one) => one + 1 < performed.length)) {
        const [sent, after] = [performed[i]?.effect, performed[i + 1]?.effect];
        if (sent?.type !== 'send' || after?.type !== 'store-slot') return expect.unreachable();
        expect(after.delivered).toBe(world[i]?.delivers ? bodySent(sent).seq : undefined);
        expect(after.attempt?.error?.code).toBe(world[i]?.delivers ? undefined : 'ERR_HTTP');
      }
    }),
  );
});

test('with cover traffic, the times of requests do not depend on the queue', () => {
  const schedule = fc.constant({ slotsPerDay: 86_400, cover: true });
  const fullCover = turns({ schedule, fails: fc.constant(false), passedMs: fc.integer({ min: 0, max: 5_000 }) });
  fc.assert(
    fc.property(fullCover, (world) => {
      const times = (queued: number): number[] =>
        replay(world.map((one) => ({ ...one, queued }))).flatMap(({ effect, at }) =>
          effect.type === 'send' ? at : [],
        );
      expect(times(3)).toEqual(times(0));
    }),
  );
});

test('after a start, slots that were missed become one later slot before anything is sent', () => {
  const missed: StoredSlot = { next: NOW - DAY_MS, slotsPerDay: 24, cover: true, failures: 0 };
  const still: Turn = {
    passedMs: 0,
    fails: false,
    delivers: true,
    queued: 1,
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

test('without a schedule the last slot stays, so that queued signals leave, but without cover', () => {
  const slot: StoredSlot = { next: NOW - 1, slotsPerDay: 24, cover: true, failures: 0 };
  const moment = { now: NOW, schedule: undefined, random: { wait: 0, gap: 0.5 } };
  const followed = next({ phase: 'waiting', slot }, { type: 'woken' }, moment);
  expect(followed.effect).toEqual({ type: 'store-slot', slot: { ...slot, cover: false } });
  const without = { phase: 'choosing' as const, slot: { ...slot, cover: false } };
  expect(next(without, { type: 'queue-read', queued: [signal(1)] }, moment).effect).toMatchObject({
    type: 'send',
    departure: { kind: 'signal' },
  });
  expect(next(without, { type: 'queue-read', queued: [] }, moment).effect).toMatchObject({ type: 'store-slot' });
});

test('every event in every state has an effect', () => {
  const state = fc.record({
    phase: fc.constantFrom('starting', 'waiting', 'choosing', 'sending', 'storing', 'reporting'),
    slot: storedSlot,
  });
  const events: DeliveryEvent[] = [
    { type: 'slot-read', slot: undefined },
    { type: 'woken' },
    { type: 'queue-read', queued: [signal(1)] },
    { type: 'attempted', sent: undefined },
    { type: 'reported' },
    { type: 'failed', cause: new Error('storage') },
  ];
  fc.assert(
    fc.property(state, fc.constantFrom(...events), turn(), (from, event, { schedule, random }) => {
      const { effect } = next(from, event, { now: NOW, schedule, random });
      if (effect.type === 'sleep') expect(effect.ms).toBeLessThanOrEqual(MAX_SLEEP_MS);
      if (effect.type === 'send') expect(event.type).toBe('queue-read');
    }),
  );
});
