/** Send slots, and the body that waits for its answer, depend on time, orders and chance, never on what is queued. */
import { type Day, DAY_MS, toDay } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { followOrders, gapMs, mayLeave, scheduleOf, slotAfter, slotAtStart } from '../src/network/outbox/send-slot.ts';
import type { SignalItem, StoredBody, StoredSlot } from '../src/network/storage/records.ts';
import { anOrder, LIST, MODEL } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const slot: StoredSlot = { revision: 'r', next: NOW + 1_000, slotsPerDay: 24, cover: true, failures: 0 };
const schedule = { slotsPerDay: 24, cover: true };
const a: SignalItem = {
  lineage: 'orders a',
  reference: LIST,
  withinDays: 30,
  allows: ['surface send'],
  requires: [],
  limits: {},
};
const b: SignalItem = { ...a, lineage: 'orders b', reference: MODEL };
const body: StoredBody = { bytes: Uint8Array.of(9), day: toDay(NOW), items: [a, b] };
const signal: StoredBody = { ...body, notice: 'n' };
const unit = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const at = { now: NOW, today: toDay(NOW), gap: 0.5 };

describe('gaps', () => {
  test('have the mean that the order requires, and grow with failures up to 64 times', () => {
    const mean = (failures: number): number => {
      const n = 4_000;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += gapMs({ slotsPerDay: 24, failures }, (i + 0.5) / n);
      return sum / n;
    };
    expect(mean(0) / (DAY_MS / 24)).toBeCloseTo(1, 2);
    expect(mean(3) / mean(0)).toBeCloseTo(8, 5);
    expect(mean(50)).toBe(mean(6));
  });
  test('are finite and never negative', () => {
    fc.assert(
      fc.property(unit, (random) => {
        expect(gapMs(slot, random)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('after a start', () => {
  test('a slot in the future stays', () => {
    expect(slotAtStart(slot, NOW, { wait: 0.5, gap: 0.5 })).toBe(slot.next);
  });
  test('the shortest wait is 10 s and the longest 120 s', () => {
    const gap = 0.9999;
    const late = NOW + 2_000;
    expect(slotAtStart(slot, late, { wait: 0, gap }) - late).toBe(10_000);
    expect(slotAtStart(slot, late, { wait: 1, gap }) - late).toBe(120_000);
  });
  test('missed slots become one, 10 to 120 s later, or sooner if gaps are shorter', () => {
    const late = NOW + 2_000;
    fc.assert(
      fc.property(unit, unit, (wait, gap) => {
        const real = slotAtStart(slot, late, { wait, gap }) - late;
        expect(real).toBeLessThanOrEqual(120_000);
        expect(slotAtStart(slot, late, { wait, gap: 0.9999 }) - late).toBeGreaterThanOrEqual(10_000);
        expect(slotAtStart({ ...slot, slotsPerDay: 86_400 }, late, { wait, gap: 0.5 }) - late).toBeLessThan(1_000);
      }),
    );
  });
});

describe('a stored slot', () => {
  const orders = { schedule, leaving: [a, b], kept: [a, b] };

  test('stays the same object while the orders do, with the body that waits', () => {
    for (const one of [slot, { ...slot, body }]) expect(followOrders(one, orders, at)).toBe(one);
  });
  test('further off than 20 mean gaps is chosen again: the clock was ahead when it was stored', () => {
    const hours = (n: number): StoredSlot => ({ ...slot, next: NOW + n * 3_600_000 });
    expect(followOrders(hours(20), orders, at)?.next).toBe(hours(20).next);
    expect(followOrders(hours(21), orders, at)?.next).toBe(NOW + gapMs(slot, at.gap));
    expect(followOrders({ ...hours(21), failures: 3 }, orders, at)?.next).toBe(hours(21).next);
  });
  test.each<[string, typeof orders]>([
    ['an order has ended', { ...orders, leaving: [a], kept: [a] }],
    [
      'an order allows less than before',
      { ...orders, leaving: [{ ...a, allows: [] }, b], kept: [{ ...a, allows: [] }, b] },
    ],
    ['the density has changed', { ...orders, schedule: { ...schedule, slotsPerDay: 48 } }],
    ['cover traffic has ended', { ...orders, schedule: { ...schedule, cover: false } }],
  ])('drops its body, signal or cover, when %s', (_, changed) => {
    const dropped = [body, signal].map((one) => followOrders({ ...slot, body: one }, changed, at));
    expect(dropped[0]?.body).toBeUndefined();
    expect(dropped[0]).toEqual(dropped[1]);
  });
  test('keeps its body when an order is reissued, or allows more than before', () => {
    const wider = { ...a, allows: [...a.allows, 'surface upload'] };
    expect(followOrders({ ...slot, body }, { ...orders, kept: [wider, b] }, at)?.body).toBe(body);
  });
  test('drops its body, signal or cover, 14 days after it was written down', () => {
    const after = (days: number, one: StoredBody) =>
      followOrders({ ...slot, next: NOW, body: one }, orders, { ...at, today: (body.day + days) as Day })?.body;
    for (const one of [body, signal]) {
      expect(after(14, one)).toBe(one);
      expect(after(15, one)).toBeUndefined();
    }
  });
  test('waits with its body while the state of an order is unknown, and is deleted when none is left', () => {
    const unknown = { schedule: undefined, leaving: [], kept: [a, b] };
    expect(followOrders({ ...slot, body }, unknown, at)).toEqual({ ...slot, body });
    expect(mayLeave({ ...slot, body }, { ...unknown, schedule })).toBe(false);
    expect(mayLeave({ ...slot, body }, { schedule, leaving: [a], kept: [a, b] })).toBe(false);
    expect(mayLeave({ ...slot, body }, orders)).toBe(true);
    expect(followOrders({ ...slot, body }, { schedule: undefined, leaving: [], kept: [] }, at)).toBeUndefined();
  });
});

describe('after a request', () => {
  test('a signal and a cover leave the same slot, apart from the body that waits', () => {
    fc.assert(
      fc.property(fc.constantFrom('delivered', 'failed', 'nothing-sent'), unit, fc.nat(9), (outcome, gap, failures) => {
        const [cover, other] = [body, signal].map((one) =>
          slotAfter({ ...slot, failures, body: one }, outcome, { now: NOW, gap }),
        );
        expect({ ...cover, body: undefined }).toEqual({ ...other, body: undefined });
        expect(cover?.body === undefined).toBe(outcome === 'delivered');
        expect(other?.body === undefined).toBe(outcome === 'delivered');
        expect(cover?.failures).toBe({ delivered: 0, failed: failures + 1, 'nothing-sent': failures }[outcome]);
      }),
    );
  });
});

test('several orders: the densest schedule, with cover if any order requires it', () => {
  const receiver = anOrder(0).receiver;
  if (!receiver) throw new Error('no receiver');
  const orders = [
    anOrder(0, { receiver: { ...receiver, slotsPerDay: 4, cover: true } }),
    anOrder(0, { receiver: { ...receiver, slotsPerDay: 24 } }),
  ];
  expect(scheduleOf(orders)).toEqual({ slotsPerDay: 24, cover: true });
  expect(scheduleOf([anOrder(0, { receiver: undefined, detect: [] })])).toBeUndefined();
});
