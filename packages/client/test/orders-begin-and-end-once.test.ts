/** Rules of the updater without storage or network: beginnings and ends, successors, and what a round keeps. */
import { DAY_MS } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filesInUse, mergeOrder } from '../src/network/updater/commit.ts';
import { type Accepted, awaitingSuccessor, orderStateAt, orderTransitions } from '../src/network/updater/in-force.ts';
import type { StoredOrder } from '../src/network/storage/records.ts';
import { anOrder } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const ORDER = anOrder(NOW);
const END = Date.parse(ORDER.notAfter);

function stored(digit: string, change: Partial<StoredOrder> = {}): StoredOrder {
  return { orderDigest: digit.repeat(64) as never, source: 'orders', order: ORDER, effectiveFrom: NOW, ...change };
}
function accepted(timestampVersion: number, ...orders: StoredOrder[]): Accepted {
  return { orders, releases: [], models: [], timestamps: new Map([['orders', timestampVersion]]) };
}

describe('transitions', () => {
  test('each beginning and end is recorded once, at any sequence of times', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: NOW - 10 * DAY_MS, max: END + 10 * DAY_MS })), (times) => {
        let order = stored('a');
        const notes: string[] = [];
        for (const time of times) {
          for (const { record, note } of orderTransitions(accepted(1, order), time)) {
            order = { ...order, ...record };
            if (note) notes.push(note);
          }
          expect(orderTransitions(accepted(1, order), time)).toEqual([]);
        }
        const hasBegun = times.some((time) => time < END && time >= NOW);
        expect(notes.filter((note) => note === 'order-ended').length).toBeLessThanOrEqual(1);
        expect(notes.filter((note) => note === 'order-in-force').length).toBeLessThanOrEqual(1);
        if (!hasBegun) expect(notes).toEqual([]);
      }),
    );
  });
  test('an end by time stays an end until a newer timestamp, when the clock is set back', () => {
    const ended = stored('a', { noted: 'ended', endedAtVersion: 4 });
    expect(orderStateAt(ended, accepted(4, ended), NOW)).toBe('ended');
    expect(orderStateAt(ended, accepted(5, ended), NOW)).toBe('in-force');
  });
  test('an order that ends without having been in force leaves no ledger note', () => {
    const [transition] = orderTransitions(accepted(1, stored('a')), END);
    expect(transition).toEqual({ orderDigest: 'a'.repeat(64), record: { noted: 'ended', endedAtVersion: 1 } });
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
      expect(awaitingSuccessor([stored('a')], published, NOW)).toEqual([
        stored('a', { supersededBy: successor.orderDigest }),
      ]);
      expect(awaitingSuccessor([stored('a')], published, NOW + DAY_MS)).toEqual([]);
    }
  });
  test('is withdrawn if there is no newer version', () => {
    expect(awaitingSuccessor([stored('a')], [], NOW)).toEqual([]);
  });
});

describe('a round that commits', () => {
  test('keeps what was acknowledged or recorded while it ran', () => {
    const meanwhile = stored('a', { effectiveFrom: NOW - 1, noted: 'in-force', supersededBy: 'b' as never });
    expect(mergeOrder(stored('a', { effectiveFrom: NOW + DAY_MS }), meanwhile)).toEqual(
      stored('a', { effectiveFrom: NOW - 1, noted: 'in-force' }),
    );
    expect(mergeOrder(stored('a'), undefined)).toEqual(stored('a'));
  });
  test('keeps the files of accepted lists and models only', () => {
    const file = (sha256: string) => ({ sha256 }) as never;
    const releases = [{ manifest: { file: file('list') } }] as never;
    const models = [{ manifest: { file: file('model'), runtime: file('runtime') } }] as never;
    expect(filesInUse({ releases, models })).toEqual(new Set(['list', 'model', 'runtime']));
    expect(filesInUse({ releases: [], models: [] })).toEqual(new Set());
  });
});
