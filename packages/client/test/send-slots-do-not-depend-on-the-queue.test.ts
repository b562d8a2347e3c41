import { DAY_MS } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseDeparture, gapMs, scheduleOf, slotAfter, slotAtStart } from '../src/network/outbox/send-slot.ts';
import type { StoredSignal, StoredSlot } from '../src/network/storage/records.ts';
import { anOrder } from './world.ts';

const slot: StoredSlot = { next: 1_000, slotsPerDay: 24, cover: true, failures: 0 };
const queued = (seq: number): StoredSignal => ({
  seq,
  state: 'queued',
  window: 'w',
  orderDigest: '' as never,
  body: new Uint8Array([seq]),
  lastDay: 1,
});
const unit = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

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
    expect(slotAtStart(slot, 500, { wait: 0.5, gap: 0.5 })).toBe(1_000);
  });
  test('the shortest wait is 10 s and the longest 120 s', () => {
    const gap = 0.9999;
    expect(slotAtStart(slot, 2_000, { wait: 0, gap }) - 2_000).toBe(10_000);
    expect(slotAtStart(slot, 2_000, { wait: 1, gap }) - 2_000).toBe(120_000);
  });
  test('missed slots become one, 10 to 120 s later, or sooner if gaps are shorter', () => {
    fc.assert(
      fc.property(unit, unit, (wait, gap) => {
        const real = slotAtStart(slot, 2_000, { wait, gap }) - 2_000;
        expect(real).toBeLessThanOrEqual(120_000);
        expect(slotAtStart(slot, 2_000, { wait, gap: 0.9999 }) - 2_000).toBeGreaterThanOrEqual(10_000);
        expect(slotAtStart({ ...slot, slotsPerDay: 86_400 }, 2_000, { wait, gap: 0.5 }) - 2_000).toBeLessThan(1_000);
      }),
    );
  });
});

describe('at a slot', () => {
  test('a failed body is sent again first, byte for byte; then the oldest signal; then a cover; then nothing', () => {
    const body = Uint8Array.of(9);
    expect(chooseDeparture({ ...slot, retry: { body, seq: 3 } }, [queued(1)])).toEqual({ kind: 'retry', body, seq: 3 });
    expect(chooseDeparture(slot, [queued(1), queued(2)])).toMatchObject({ kind: 'signal', signal: { seq: 1 } });
    expect(chooseDeparture(slot, [])).toEqual({ kind: 'cover' });
    expect(chooseDeparture({ ...slot, cover: false }, [])).toEqual({ kind: 'nothing' });
  });
  test('signals and covers are repeated by the same rule', () => {
    const body = Uint8Array.of(9);
    for (const sent of [{ body }, { body, seq: 4 }]) {
      expect(slotAfter(slot, sent, 'failed')).toEqual({ ...slot, failures: 1, retry: sent });
      expect(slotAfter({ ...slot, failures: 2, retry: sent }, sent, 'delivered')).toEqual(slot);
    }
  });
  test('the number of queued signals changes neither the time nor the size of a request', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.boolean(), unit, (waiting, failed, random) => {
        const leaving = chooseDeparture(
          slot,
          Array.from({ length: waiting }, (_, i) => queued(i)),
        );
        const next = slotAfter(slot, { body: new Uint8Array(256) }, failed ? 'failed' : 'delivered');
        expect(leaving.kind).not.toBe('nothing');
        expect(gapMs(next, random)).toBe(gapMs({ slotsPerDay: 24, failures: failed ? 1 : 0 }, random));
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
