/** Rules of orders without storage or network: beginnings and ends, successors, and what a commit keeps. */
import { DAY_MS, toInstant } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeOrder } from '../src/network/updater/commit.ts';
import { awaitingSuccessor, orderStateAt, orderTransitions } from '../src/network/updater/in-force.ts';
import type { Accepted } from '../src/network/updater/judge.ts';
import type { StoredOrder } from '../src/network/storage/records.ts';
import { anOrder } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const ORDER = anOrder(NOW);
const END = Date.parse(ORDER.notAfter);

function stored(digit: string, change: Partial<StoredOrder> = {}): StoredOrder {
  return {
    orderDigest: digit.repeat(64) as never,
    source: 'orders',
    order: ORDER,
    signers: [],
    firstSeen: NOW,
    effectiveFrom: NOW,
    isAcknowledged: true,
    isSupplied: true,
    ...change,
  };
}
/** The source's timestamp was issued at `issued`, and does not expire in any test here. */
function accepted(timestamp: { issued: number; digest: string }, ...orders: StoredOrder[]): Accepted {
  const { issued, digest } = timestamp;
  const signed = { version: 1, issued: toInstant(issued), expires: toInstant(END + 100 * DAY_MS), digest };
  return {
    orders,
    releases: [],
    suppressions: [],
    models: [],
    keys: new Map(),
    timestamps: new Map([['orders', signed as never]]),
    isUnheard: false,
    suppliers: { lists: new Set(['lists']), models: new Set() },
    refused: new Map(),
  };
}
const FIRST = { issued: NOW - 10 * DAY_MS, digest: 'first' };

describe('transitions', () => {
  test('each beginning and end is recorded once, at any sequence of times', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: NOW - 10 * DAY_MS, max: END + 10 * DAY_MS })), (times) => {
        let order = stored('a');
        const notes: string[] = [];
        for (const time of times) {
          for (const { record, note } of orderTransitions(accepted(FIRST, order), time)) {
            order = { ...order, ...record };
            if (note) notes.push(note);
          }
          expect(orderTransitions(accepted(FIRST, order), time)).toEqual([]);
        }
        const hasBegun = times.some((time) => time < END && time >= NOW - DAY_MS);
        expect(notes.filter((note) => note === 'order-ended').length).toBeLessThanOrEqual(1);
        expect(notes.filter((note) => note === 'order-in-force').length).toBeLessThanOrEqual(1);
        if (!hasBegun) expect(notes).toEqual([]);
      }),
    );
  });
  test('an end that was seen is refuted only by a newer timestamp that was issued before the end', () => {
    const ended = stored('a', { noted: 'ended', endedUnder: 'first' as never });
    const after = (issued: number, digest: string) => orderStateAt(ended, accepted({ issued, digest }, ended), NOW);
    expect(after(NOW, 'first')).toBe('ended');
    expect(after(NOW, 'second')).toBe('in-force');
    expect(after(END, 'second')).toBe('ended');
  });
  test('an order that ends without having been in force leaves no ledger note', () => {
    const [transition] = orderTransitions(accepted(FIRST, stored('a')), END);
    expect(transition).toEqual({ orderDigest: 'a'.repeat(64), record: { noted: 'ended', endedUnder: 'first' } });
  });
  test('a date that a clock far ahead has written is brought back to seven days from now', () => {
    const far = stored('a', { effectiveFrom: NOW + 900 * DAY_MS, firstSeen: NOW + 893 * DAY_MS });
    const [transition] = orderTransitions(accepted(FIRST, far), NOW);
    expect(transition?.record).toEqual({ effectiveFrom: NOW + 7 * DAY_MS, firstSeen: NOW });
  });
  test('an order waits for its lists, for at most a day after it was first seen', () => {
    const { isSupplied: _, ...waiting } = stored('a');
    expect(orderStateAt(waiting, accepted(FIRST, waiting), NOW)).toBe('not-yet');
    expect(orderStateAt(waiting, accepted(FIRST, waiting), NOW + DAY_MS)).toBe('in-force');
    const neverSupplied = {
      ...accepted(FIRST, waiting),
      isUnheard: false,
      suppliers: { lists: new Set<string>(), models: new Set<string>() },
    };
    expect(orderStateAt(waiting, neverSupplied, NOW)).toBe('in-force'); // the host lists no source that could bring them
  });
});

describe('an order that is no longer published', () => {
  const successor = stored('b', { effectiveFrom: NOW + DAY_MS });
  test('stays until its newer version takes effect, in any order of publication', () => {
    const other = stored('c', { order: anOrder(NOW, { id: 'other' as never }) });
    for (const published of [
      [successor, other],
      [other, successor],
    ]) {
      const before = accepted(FIRST, stored('a'));
      expect(awaitingSuccessor([stored('a')], published, before, NOW)).toEqual([
        stored('a', { supersededBy: successor.orderDigest }),
      ]);
      expect(awaitingSuccessor([stored('a')], published, before, NOW + DAY_MS)).toEqual([]);
    }
  });
  test('stays until the period of its newer version begins', () => {
    const later = anOrder(NOW, { notBefore: toInstant(NOW + 5 * DAY_MS) });
    const renewal = stored('b', { order: later });
    const before = accepted(FIRST, stored('a'));
    const [old] = awaitingSuccessor([stored('a')], [renewal], before, NOW);
    if (!old) throw new Error('the old order stays');
    expect(orderStateAt(old, accepted(FIRST, old, renewal), NOW + 5 * DAY_MS - 1)).toBe('in-force');
    expect(orderStateAt(old, accepted(FIRST, old, renewal), NOW + 5 * DAY_MS)).toBe('ended');
  });
  test('is withdrawn if there is no newer version', () => {
    expect(awaitingSuccessor([stored('a')], [], accepted(FIRST, stored('a')), NOW)).toEqual([]);
  });
});

describe('a round that commits', () => {
  test('keeps what was acknowledged or recorded while it ran', () => {
    const meanwhile = stored('a', { effectiveFrom: NOW - 1, noted: 'in-force', supersededBy: 'b' as never });
    expect(mergeOrder(stored('a', { effectiveFrom: NOW + DAY_MS, signers: ['k' as never] }), meanwhile)).toEqual(
      stored('a', { effectiveFrom: NOW - 1, noted: 'in-force', signers: ['k' as never] }),
    );
    expect(mergeOrder(stored('a'), undefined)).toEqual(stored('a'));
  });
});
