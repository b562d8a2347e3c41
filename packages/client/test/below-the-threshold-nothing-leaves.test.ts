import { type Day, DAY_MS, type Digest, toDay } from '@lodestone/protocol';
import { type SealedSignal, restoreSealed } from '@lodestone/seal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countMatch, isOver, lastDayOf, windowOf } from '../src/network/courier/count.ts';
import { openWindow, queuedSignals, sweep, takeSealed } from '../src/network/courier/outbox.ts';
import type { StoredWindow } from '../src/network/records.ts';
import { memoryStorage, type Storage } from '../src/network/storage.ts';
import { anOrder } from './world.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const TERMS = anOrder(NOW);
const ORDER = 'a'.repeat(64) as Digest;

function body(n: number): SealedSignal {
  const bytes = new Uint8Array(192);
  bytes.set([1, 1]);
  bytes[20] = n;
  return restoreSealed(bytes);
}

async function meet(storage: Storage, entries: readonly number[], after: number): Promise<void> {
  const rule = { surfaces: ['send' as const], after, withinDays: 30 };
  const { number, lastDay } = windowOf(TERMS, rule, toDay(NOW));
  for (const entry of entries) {
    const window = await openWindow(storage, `${ORDER} 0 ${number}`, lastDay);
    const counted = {
      order: ORDER,
      terms: TERMS,
      rule,
      window,
      tag: String(entry),
      lastDay: lastDayOf(toDay(NOW), rule),
    };
    await takeSealed(storage, counted, body(entry), NOW);
  }
}
const all = (storage: Storage) =>
  storage.transact(['outbox'], async (tx) => (await tx.all('outbox')).map(([, signal]) => signal));

describe('for after = 1..32 and any run of matches', () => {
  test('fewer different entries queue nothing; at after, exactly those are queued, once each', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 32 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 }),
        async (after, entries) => {
          const storage = memoryStorage();
          await meet(storage, entries, after);
          const different = new Set(entries).size;
          const queued = (await queuedSignals(storage)).map((signal) => signal.body[20]);
          expect(queued).toHaveLength(different >= after ? different : 0);
          expect(new Set(queued).size).toBe(queued.length);
          expect(await all(storage)).toHaveLength(different);
          const notices = await storage.transact(['notices'], (tx) => tx.all('notices'));
          expect(notices).toHaveLength(queued.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('windows', () => {
  test('are cut from the order’s first day', () => {
    const rule = { surfaces: ['send' as const], after: 1, withinDays: 7 };
    const first = toDay(Date.parse(TERMS.notBefore));
    expect(windowOf(TERMS, rule, first)).toEqual({ number: 0, lastDay: first + 6 });
    expect(windowOf(TERMS, rule, (first + 6) as Day).number).toBe(0);
    expect(windowOf(TERMS, rule, (first + 7) as Day).number).toBe(1);
  });
  test('take what they hold with them when they end, and leave what is queued', async () => {
    const held = memoryStorage();
    await meet(held, [1, 2], 3);
    const queued = memoryStorage();
    await meet(queued, [1, 2], 2);
    const later = NOW + 40 * DAY_MS;
    for (const storage of [held, queued]) await sweep(storage, later, toDay(later));
    expect(await all(held)).toEqual([]);
    expect(await all(queued)).toHaveLength(2);
    expect(await queued.transact(['windows'], (tx) => tx.all('windows'))).toEqual([]);
  });
  test('drop a queued signal only once the receiver would drop it too', async () => {
    const storage = memoryStorage();
    await meet(storage, [1], 1);
    const last = lastDayOf(toDay(NOW), { surfaces: ['send'], after: 1, withinDays: 30 });
    await sweep(storage, last * DAY_MS, last);
    expect(await all(storage)).toHaveLength(1);
    await sweep(storage, (last + 1) * DAY_MS, last + 1);
    expect(await all(storage)).toEqual([]);
  });
  test('a repeat changes nothing at all', () => {
    const window: StoredWindow = { key: 'k', lastDay: 9, tagKey: new Uint8Array(32), tags: ['x'], released: false };
    expect(countMatch(window, 'x', 2)).toEqual({ effect: 'repeat' });
    expect(isOver(window, 9 * DAY_MS + DAY_MS - 1)).toBe(false);
    expect(isOver(window, 10 * DAY_MS)).toBe(true);
  });
});
